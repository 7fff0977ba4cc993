#include "app/client.h"

#include <fmt/format.h>

#include <cctype>
#include <nlohmann/json.hpp>

#include "app/terminal.h"
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
    fmt::print(stderr, "{}\n", wrap("error: " + response.error().what, 2));
    if (response.error().code == Errc::not_found || response.error().code == Errc::unreachable) {
      fmt::print(stderr,
                 "  hint: is the daemon running? Start it with: nightwatt run, or name\n"
                 "    its socket with --socket\n");
    }
    return std::nullopt;
  }
  auto json = nlohmann::ordered_json::parse(response->body, nullptr, false);
  if (json.is_discarded()) {
    fmt::print(
        stderr, "{}\n",
        wrap(fmt::format("error: {}: the answer is not JSON (status {})", socket, response->status),
             2));
    return std::nullopt;
  }
  if (response->status != 200) {
    const std::string text =
        json.is_object() ? json.value("error", std::string("refused")) : "refused";
    fmt::print(stderr, "{}\n", wrap("refused: " + text, 2));
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
