#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"
#include "io/file_text.h"

// Unix stream sockets by path, of any length: a path that does not fit into sockaddr_un goes
// through its directory's descriptor.
namespace nightwatt::io {

// A listening socket that appears under `path` in one step, complete with its mode. The file of a
// dead listener is replaced; a live one, or anything that is not a socket, is an error and stays.
expected<Descriptor, Error> listen_on_path(const std::string& path, mode_t mode);

// Non-blocking. Errors: not_found and unreachable (nobody there), unauthorised, limit_reached (its
// queue is full: try again).
expected<Descriptor, Error> connect_to_path(const std::string& path);

}  // namespace nightwatt::io
