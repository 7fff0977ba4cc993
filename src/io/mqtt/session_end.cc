#include "io/mqtt/session_end.h"

#include <mosquitto.h>

#include <boost/system/error_code.hpp>
#include <cerrno>

#include "io/hub/socket_error.h"

namespace nightwatt::io {
namespace {

// "OpenSSL Error[0]: error:0A000126:SSL routines::unexpected eof while reading" and its like.
std::string_view tls_reason(std::string_view log) {
  const auto colon = log.rfind("::");
  return colon == std::string_view::npos ? log : log.substr(colon + 2);
}

SessionEnd tls_end(std::string_view log) {
  const std::string reason(tls_reason(log));
  // An alert is the broker's: it does not like our certificate, or that there is none.
  const bool ours = reason.find("alert") != std::string::npos &&
                    (reason.find("certificate") != std::string::npos ||
                     reason.find("unknown ca") != std::string::npos);
  if (ours) return {MessageFailure::unauthorised, "the broker refuses our certificate: " + reason};
  return {MessageFailure::unreachable, "TLS: " + reason, true};
}

}  // namespace

SessionEnd session_end(int result, int problem, const std::string& certificate,
                       std::string_view log) {
  if (!certificate.empty())
    return {MessageFailure::unauthorised, "the broker's certificate is refused: " + certificate};
  if (log.find("SSL routines") != std::string_view::npos) return tls_end(log);
  switch (result) {
    case MOSQ_ERR_PROTOCOL:
    case MOSQ_ERR_MALFORMED_PACKET:
    case MOSQ_ERR_MALFORMED_UTF8:
    case MOSQ_ERR_OVERSIZE_PACKET:
    case MOSQ_ERR_PAYLOAD_SIZE: return {MessageFailure::bad_reply, "the peer does not speak MQTT"};
    case MOSQ_ERR_INVAL:
    case MOSQ_ERR_NOMEM:
      return {MessageFailure::unreachable,
              std::string("libmosquitto: ") + mosquitto_strerror(result)};
    default:  // of the library's enumeration, which is long
      break;
  }
  const boost::system::error_code system(problem, boost::system::system_category());
  const bool said = problem != 0 && problem != EAGAIN && problem != EINPROGRESS && problem != EPIPE;
  return {MessageFailure::unreachable, said ? describe(system) : "connection closed by the broker",
          true};
}

SessionEnd connack_refusal(int answer) {
  switch (answer) {
    case 1: return {MessageFailure::refused, "the broker does not speak MQTT 3.1.1"};
    case 2: return {MessageFailure::refused, "the broker refuses the client id"};
    case 3: return {MessageFailure::unreachable, "the broker says that it is not available", true};
    case 4: return {MessageFailure::unauthorised, "the broker refuses user name or password"};
    case 5: return {MessageFailure::unauthorised, "the broker does not let us in: not authorised"};
    default: break;
  }
  return {MessageFailure::bad_reply, "an unknown answer to CONNECT: " + std::to_string(answer)};
}

}  // namespace nightwatt::io
