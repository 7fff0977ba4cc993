#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <string>

namespace nightwatt::io {

// A socket's error for people, in our words for the usual ones: "connection refused".
std::string describe(const boost::system::error_code& ec);
// For people, too: "10.0.0.5:502", "[fe80::1]:502".
std::string address_text(const std::string& host, std::uint16_t port);

}  // namespace nightwatt::io
