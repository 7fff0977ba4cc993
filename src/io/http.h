#pragma once

#include <functional>
#include <map>
#include <string>

// One HTTP exchange as the API sees it, whatever carried it.
namespace nightwatt::io {

struct Request {
  std::string method{};                        // "GET"
  std::string path{};                          // percent-decoded, without the query: "/v1/status"
  std::map<std::string, std::string> query{};  // percent-decoded; of equal names the last one
  std::string body{};
  std::string who{};  // as the kernel knows the peer: "uid 1000 over the socket", "loopback TCP"
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body{};
  // Set: the body is not complete. Called once a turn of the loop until it returns true, so that a
  // long answer holds up nobody else; each call appends a portion to what it is given.
  std::function<bool(std::string& body)> more{};
  // Set: the answer comes later, in place of this one. Called once with what to call when it is
  // there, once and from any thread; whoever does not within HttpLimits::answer_timeout is given
  // up.
  std::function<void(std::function<void(Response)> answer)> later{};
};

}  // namespace nightwatt::io
