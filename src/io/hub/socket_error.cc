#include "io/hub/socket_error.h"

#include <boost/asio/error.hpp>

namespace nightwatt::io {

std::string describe(const boost::system::error_code& ec) {
  namespace error = boost::asio::error;
  if (ec == error::connection_refused) return "connection refused";
  if (ec == error::connection_reset || ec == error::broken_pipe) return "connection reset";
  if (ec == error::eof) return "connection closed by the server";
  if (ec == error::host_unreachable) return "no route to host";
  if (ec == error::network_unreachable) return "network unreachable";
  if (ec == error::timed_out) return "no answer from the host";
  if (ec == error::host_not_found) return "no such host";
  if (ec == error::host_not_found_try_again) return "the name server does not answer";
  if (ec == error::no_descriptors) return "too many open files";
  return ec.message();
}

std::string address_text(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace nightwatt::io
