#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "io/mqtt/mqtt_driver.h"

namespace nightwatt::io {

struct TlsContextEnd {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextEnd>;

// Our own, because libmosquitto would compare the certificate with the address that it is given,
// and we look names up ourselves. It demands TLS 1.2, a chain to `ca_file` (or the system's), and
// the target's host as a name or address of the certificate; the name is sent along (SNI). The
// files are read anew for each connection, so a renewed certificate needs no restart. Errors: a
// file that cannot be read or is no certificate or key, with OpenSSL's reason.
expected<TlsContext, std::string> make_tls_context(const MqttTarget& target);

// Why a peer's certificate was refused in this context; empty: none was.
std::string certificate_problem(const SSL_CTX* context);

}  // namespace nightwatt::io
