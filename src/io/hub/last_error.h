#pragma once

#include <boost/system/error_code.hpp>
#include <cerrno>

namespace nightwatt::io {

// errno, as Asio tells it.
inline boost::system::error_code last_error() { return {errno, boost::system::system_category()}; }

}  // namespace nightwatt::io
