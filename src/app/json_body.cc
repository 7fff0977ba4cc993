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

unexpected<std::string> wrong(const char* key, const std::string& must, const Json* value) {
  return unexpected<std::string>(
      fmt::format("{} must be {}, not {}", key, must, value ? written(*value) : "null"));
}

std::string keys_known(std::initializer_list<std::string_view> known) {
  if (known.size() == 0) return "this request takes no keys";
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

// Looks a body through without building anything of it. False ends the look.
class Look final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(Json::number_integer_t /*value*/) override { return true; }
  bool number_unsigned(Json::number_unsigned_t /*value*/) override { return true; }
  bool number_float(Json::number_float_t /*value*/, const std::string& text) override {
    if (depth_ == 1) decimals[key_] = text;
    return true;
  }
  bool string(std::string& /*value*/) override { return true; }
  bool binary(Json::binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*elements*/) override { return deeper(); }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t /*elements*/) override { return deeper(); }
  bool end_array() override { return --depth_, true; }
  bool key(std::string& key) override {
    if (depth_ != 1) return true;
    key_ = key;
    if (!seen_.insert(key).second && !twice) twice = key;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*why*/) override {
    return false;
  }

  std::optional<std::string> twice{};             // a key of the object itself
  std::map<std::string, std::string> decimals{};  // values of its keys
  bool too_deep = false;

 private:
  bool deeper() {
    too_deep = ++depth_ > body_depth_max;
    return !too_deep;
  }

  std::set<std::string> seen_{};
  std::string key_{};
  std::size_t depth_ = 0;
};

}  // namespace

expected<JsonBody, std::string> JsonBody::parse(const std::string& text,
                                                std::initializer_list<std::string_view> known) {
  if (text.empty()) return JsonBody(Json::object(), {});
  Look look;
  const bool json = Json::sax_parse(text, &look);
  if (look.too_deep) {
    return unexpected<std::string>(
        fmt::format("the body is nested more than {} levels deep", body_depth_max));
  }
  Json object = json ? Json::parse(text, nullptr, false) : Json();
  if (!object.is_object()) return unexpected<std::string>("the body is not a JSON object");
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    return unexpected<std::string>(
        fmt::format("unknown key {}; {}", in_quotes(key), keys_known(known)));
  }
  if (look.twice) {
    return unexpected<std::string>(fmt::format("{} is there twice", in_quotes(*look.twice)));
  }
  return JsonBody(std::move(object), std::move(look.decimals));
}

expected<std::string, std::string> JsonBody::text(const char* key) const {
  const Json* found = value(key);
  if (found == nullptr || !found->is_string()) return wrong(key, "text", found);
  return found->get<std::string>();
}

expected<bool, std::string> JsonBody::flag(const char* key) const {
  const Json* found = value(key);
  if (found == nullptr) return false;
  if (!found->is_boolean()) return wrong(key, "true or false", found);
  return found->get<bool>();
}

expected<std::optional<std::string>, std::string> JsonBody::text_or_number(const char* key) const {
  const Json* found = value(key);
  if (found == nullptr) return std::optional<std::string>();
  if (found->is_string()) return std::optional(found->get<std::string>());
  if (found->is_number_integer()) return std::optional(found->dump());
  const auto decimal = decimals_.find(key);
  if (decimal != decimals_.end()) return std::optional(decimal->second);
  return wrong(key, "text or a number", found);
}

expected<Duration, std::string> JsonBody::seconds(const char* key, double least,
                                                  double most) const {
  const std::string must = fmt::format("a number of seconds from {:g} to {:.0f}", least, most);
  const Json* found = value(key);
  if (found == nullptr) {
    return unexpected<std::string>(fmt::format("{} is missing: {}", key, must));
  }
  const double given = found->is_number() ? found->get<double>() : -1;
  if (!std::isfinite(given) || given < least || given > most) return wrong(key, must, found);
  return Duration(static_cast<Duration::rep>(std::llround(given * 1000)));
}

const Json* JsonBody::value(const char* key) const {
  const auto found = object_.find(key);
  return found == object_.end() ? nullptr : &*found;
}

}  // namespace nightwatt::app
