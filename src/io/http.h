#pragma once

#include <map>
#include <string>

// One HTTP exchange as the API sees it, whatever carried it.
namespace nightwatt::io {

struct Request {
  std::string method{};                        // "GET"
  std::string path{};                          // percent-decoded, without the query: "/v1/status"
  std::map<std::string, std::string> query{};  // percent-decoded; of equal names the last one
  std::string body{};
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body{};
};

}  // namespace nightwatt::io
