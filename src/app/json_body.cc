#include "app/json_body.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "app/status_json.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t quoted_max = 64;  // bytes of what others wrote, in an error

std::string in_quotes(const std::string& text) {
  return '"' + (text.size() <= quoted_max ? text : text.substr(0, quoted_max) + "...") + '"';
}

// As JSON: whoever wrote "yes" for true sees the quotation marks.
std::string written(const Json& value) {
  const std::string text = dump(value);
  return text.size() <= quoted_max ? text : text.substr(0, quoted_max) + "...";
}

unexpected<std::string> wrong(const char* key, const std::string& must, const Json& value) {
  return unexpected<std::string>(fmt::format("{} must be {}, not {}", key, must, written(value)));
}

std::string keys_known(std::initializer_list<std::string_view> known) {
  if (known.size() == 0) return "this request takes no keys";
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

}  // namespace

expected<JsonBody, std::string> JsonBody::parse(const std::string& text,
                                                std::initializer_list<std::string_view> known) {
  if (text.empty()) return JsonBody(Json::object());
  std::set<std::string> seen;
  std::optional<std::string> twice;
  const auto look = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event != Json::parse_event_t::key || depth != 1) return true;
    const std::string key = parsed.get<std::string>();
    if (!seen.insert(key).second && !twice) twice = key;
    return true;
  };
  Json object = Json::parse(text, look, false);
  if (!object.is_object()) return unexpected<std::string>("the body is not a JSON object");
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    return unexpected<std::string>(
        fmt::format("unknown key {}; {}", in_quotes(key), keys_known(known)));
  }
  if (twice) return unexpected<std::string>(fmt::format("{} is there twice", in_quotes(*twice)));
  return JsonBody(std::move(object));
}

expected<std::string, std::string> JsonBody::text(const char* key) const {
  const Json found = value(key);
  if (!found.is_string()) return wrong(key, "text", found);
  return found.get<std::string>();
}

expected<bool, std::string> JsonBody::flag(const char* key) const {
  if (!has(key)) return false;
  const Json found = value(key);
  if (!found.is_boolean()) return wrong(key, "true or false", found);
  return found.get<bool>();
}

expected<std::optional<std::string>, std::string> JsonBody::text_or_number(const char* key) const {
  if (!has(key)) return std::optional<std::string>();
  const Json found = value(key);
  if (found.is_string()) return std::optional(found.get<std::string>());
  if (found.is_number()) return std::optional(found.dump());
  return wrong(key, "text or a number", found);
}

expected<Duration, std::string> JsonBody::seconds(const char* key, double least,
                                                  double most) const {
  const std::string must = fmt::format("a number of seconds from {:g} to {:.0f}", least, most);
  if (!has(key)) return unexpected<std::string>(fmt::format("{} is missing: {}", key, must));
  const Json found = value(key);
  const double given = found.is_number() ? found.get<double>() : -1;
  if (!std::isfinite(given) || given < least || given > most) return wrong(key, must, found);
  return Duration(static_cast<Duration::rep>(std::llround(given * 1000)));
}

Json JsonBody::value(const char* key) const {
  const auto found = object_.find(key);
  return found == object_.end() ? Json(nullptr) : *found;
}

}  // namespace nightwatt::app
