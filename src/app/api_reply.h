#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "app/status_json.h"
#include "io/http.h"

// What the API answers with.
namespace nightwatt::app {

inline io::Response reply(const nlohmann::ordered_json& body, int status = 200) {
  return {.status = status, .content_type = "application/json", .body = dump(body) + "\n"};
}

inline io::Response problem(int status, std::string text) {
  return reply({{"error", std::move(text)}}, status);
}

}  // namespace nightwatt::app
