#include "app/client.h"

#include <fmt/format.h>

#include <cctype>
#include <nlohmann/json.hpp>

#include "io/http_client.h"

namespace nightwatt::app {
namespace {

constexpr Duration answer_timeout{30'000};

}  // namespace

std::optional<nlohmann::ordered_json> ask_daemon(const std::string& socket,
                                                 const std::string& method,
                                                 const std::string& target,
                                                 const std::string& body) {
  const auto response = io::http_request(socket, method, target, body, answer_timeout);
  if (!response) {
    fmt::print(stderr, "error: {}\n", response.error().what);
    if (response.error().code == Errc::not_found || response.error().code == Errc::unreachable) {
      fmt::print(stderr,
                 "  hint: is the daemon running? Start it with: nightwatt run, "
                 "or name its socket with --socket\n");
    }
    return std::nullopt;
  }
  auto json = nlohmann::ordered_json::parse(response->body, nullptr, false);
  if (json.is_discarded()) {
    fmt::print(stderr, "error: {}: the answer is not JSON (status {})\n", socket, response->status);
    return std::nullopt;
  }
  if (response->status != 200) {
    const std::string text =
        json.is_object() ? json.value("error", std::string("refused")) : "refused";
    fmt::print(stderr, "refused: {}\n", text);
    return std::nullopt;
  }
  return json;
}

std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~' || c == '@') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

}  // namespace nightwatt::app
