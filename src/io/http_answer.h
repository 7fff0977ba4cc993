#pragma once

#include <string>

#include "io/http.h"

// What the HTTP server says by itself, and whom it talks to.
namespace nightwatt::io {

// {"error": text}. Our own texts: nothing in them needs escaping.
Response problem(int status, const std::string& text);

// One portion of a long answer (Response::more). True: it is complete, or it failed and says so.
bool write_more(Response& answer);

// Whom the kernel says is at the other end; for records, not for permissions.
std::string peer_of(int fd, bool tcp);

}  // namespace nightwatt::io
