#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/time.h"
#include "io/http.h"

// What the HTTP server says by itself, and whom it talks to.
namespace nightwatt::io {

// {"error": text}. Our own texts: nothing in them needs escaping.
Response problem(int status, const std::string& text);

// One portion of a long answer (Response::more). True: it is complete, or it failed and says so.
bool write_more(Response& answer);

// The answer that Response::later promised, or 503 when it does not come in time. `later` must be
// set. Runs on `strand`.
boost::asio::awaitable<Response> late_answer(boost::asio::any_io_executor strand, Response promise,
                                             Duration timeout);

// Whom the kernel says is at the other end; for records, not for permissions.
// "root (uid 0) over the socket", "127.0.0.1:40211 over TCP". Names are those of /etc/passwd: other
// directories may be on the network, and nobody waits for them.
std::string peer_of(int fd, bool tcp);

}  // namespace nightwatt::io
