#pragma once

#include <string>

#include "base/error.h"
#include "base/time.h"
#include "io/http.h"

// The command line's side of the API: one blocking request over the daemon's Unix socket.
namespace nightwatt::io {

// `target` is path and query as they go on the wire: "/v1/events?after=7". Errors: not_found or
// unreachable (no daemon there), unauthorised (file permissions), timed_out, bad_reply.
expected<Response, Error> http_request(const std::string& socket_path, const std::string& method,
                                       const std::string& target, const std::string& body,
                                       Duration timeout);

}  // namespace nightwatt::io
