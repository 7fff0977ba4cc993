#include "io/mqtt/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <new>

namespace nightwatt::io {
namespace {

unexpected<std::string> no(const std::string& what) {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return unexpected<std::string>(what + ": " + (reason != nullptr ? reason : "not usable"));
}

bool is_address(const std::string& host) {
  boost::system::error_code problem;
  boost::asio::ip::make_address(host, problem);
  return !problem;
}

int host_place() {
  static const int place = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* host, CRYPTO_EX_DATA*, int, long, void*) {
        delete static_cast<std::string*>(host);
      });
  return place;
}

int verdict_place() {
  static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return place;
}

// Keeps OpenSSL's verdict with the context: libmosquitto may free the session before anybody asks.
int remember_verdict(int good, X509_STORE_CTX* store) {
  if (good != 0) return good;
  const auto* session = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto problem = static_cast<std::intptr_t>(X509_STORE_CTX_get_error(store));
  if (session != nullptr)
    SSL_CTX_set_ex_data(SSL_get_SSL_CTX(session), verdict_place(),
                        reinterpret_cast<void*>(problem));
  return good;
}

// libmosquitto has set the address as the name by now; this is the last moment before the hello.
void name_the_host(const SSL* session, int where, int) {
  if (where != SSL_CB_HANDSHAKE_START) return;
  const auto* host =
      static_cast<const std::string*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), host_place()));
  if (host != nullptr) SSL_set_tlsext_host_name(const_cast<SSL*>(session), host->c_str());
}

bool demand_host(SSL_CTX* context, const std::string& host) {
  X509_VERIFY_PARAM* wanted = SSL_CTX_get0_param(context);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), 0) != 1) return false;
  SSL_CTX_set_ex_data(context, host_place(), new std::string(host));
  SSL_CTX_set_info_callback(context, name_the_host);
  return true;
}

}  // namespace

expected<TlsContext, std::string> make_tls_context(const MqttTarget& target) {
  ERR_clear_error();
  TlsContext out(SSL_CTX_new(TLS_client_method()));
  if (!out) return no("TLS");
  SSL_CTX_set_min_proto_version(out.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(out.get(), SSL_VERIFY_PEER, remember_verdict);
  // A key with a passphrase must not ask for it on the terminal and stop the daemon.
  SSL_CTX_set_default_passwd_cb(out.get(), [](char*, int, int, void*) { return -1; });
  const MqttBroker& broker = target.broker;
  const bool trusted = broker.ca_file.empty()
                           ? SSL_CTX_set_default_verify_paths(out.get()) == 1
                           : SSL_CTX_load_verify_file(out.get(), broker.ca_file.c_str()) == 1;
  if (!trusted) return no("ca_file " + broker.ca_file);
  if (!broker.certificate_file.empty()) {
    if (SSL_CTX_use_certificate_chain_file(out.get(), broker.certificate_file.c_str()) != 1)
      return no("certificate_file " + broker.certificate_file);
    const std::string& key = broker.key_file.empty() ? broker.certificate_file : broker.key_file;
    if (SSL_CTX_use_PrivateKey_file(out.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
      return no("key_file " + key);
  }
  if (!demand_host(out.get(), target.host)) return no("host " + target.host);
  return out;
}

std::string certificate_problem(const SSL_CTX* context) {
  if (context == nullptr) return {};
  const auto result = static_cast<long>(
      reinterpret_cast<std::intptr_t>(SSL_CTX_get_ex_data(context, verdict_place())));
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

}  // namespace nightwatt::io
