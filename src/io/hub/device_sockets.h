#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "io/hub/deadlines.h"
#include "io/hub/name_cache.h"
#include "io/hub/socket_hub.h"

namespace nightwatt::io {

// What all links of all drivers share. Held by shared_ptr: links may outlive their driver.
struct DeviceSockets {
  explicit DeviceSockets(boost::asio::io_context& context)
      : io(context),
        hub(context),
        deadlines(context),
        names(std::make_shared<NameCache>(context)) {}

  boost::asio::io_context& io;
  SocketHub hub;
  Deadlines deadlines;
  std::shared_ptr<NameCache> names;
  // One read buffer for all: a link reads when its socket is readable and is done with the bytes
  // before it returns, so that an idle connection holds none.
  std::array<char, 64 * 1024> buffer;
};

}  // namespace nightwatt::io
