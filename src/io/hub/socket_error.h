#pragma once

#include <boost/system/error_code.hpp>
#include <string>

namespace nightwatt::io {

// A socket's error for people, in our words for the usual ones: "connection refused".
std::string describe(const boost::system::error_code& ec);

}  // namespace nightwatt::io
