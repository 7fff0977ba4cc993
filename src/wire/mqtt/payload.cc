#include "wire/mqtt/payload.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace nightwatt::wire::mqtt {
namespace {

using nlohmann::json;
using profile::Item;
using profile::MapKind;
using profile::MqttSource;
using profile::Taken;

constexpr std::size_t quote_bytes_max = 120;

unexpected<std::string> no(std::string why) { return unexpected<std::string>(std::move(why)); }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_binary(std::string_view payload) {
  return std::ranges::any_of(payload, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f;
  });
}

// --- RFC 6901 -----------------------------------------------------------------------------------

std::string unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    if (escape && token[i + 1] == '0') {
      out += '~';
    } else if (escape && token[i + 1] == '1') {
      out += '/';
    } else {
      out += token[i];
      continue;
    }
    ++i;
  }
  return out;
}

const json* child(const json& parent, const std::string& key) {
  if (parent.is_object()) {
    const auto found = parent.find(key);
    return found == parent.end() ? nullptr : &*found;
  }
  if (!parent.is_array() || (key.size() > 1 && key.front() == '0')) return nullptr;
  std::size_t index = 0;
  const auto [end, problem] = std::from_chars(key.data(), key.data() + key.size(), index);
  if (problem != std::errc() || end != key.data() + key.size()) return nullptr;
  return index < parent.size() ? &parent[index] : nullptr;
}

const json* find(const json& document, std::string_view pointer) {
  if (!pointer.starts_with('/')) return nullptr;
  const json* at = &document;
  while (at != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    at = child(*at, unescaped(pointer.substr(0, end)));
    pointer.remove_prefix(end);
  }
  return at;
}

// --- one value ----------------------------------------------------------------------------------

// A number that the variable cannot have is told by the reading itself. A state that is not in the
// profile's list must not pass silently: the rest of the reading would look complete.
expected<void, std::string> judge(const Item& item, Taken taken, std::string_view shown) {
  if (taken != Taken::rejected) return {};
  if (item.map == MapKind::none && item.variable != status_variable) return {};
  return no(quotable(shown) + " is no value that the profile knows");
}

expected<void, std::string> from_text(const Item& item, std::string_view text, Reading& reading) {
  const bool words =
      (item.variable == status_variable && item.map == MapKind::none) || item.map == MapKind::flags;
  if (!words && !parse_number(text)) return no(quotable(text) + " is no number");
  return judge(item, profile::take_text(item, text, reading), text);
}

expected<void, std::string> from_json(const Item& item, const json& value, Reading& reading) {
  if (value.is_null()) return {};
  if (const auto* text = value.get_ptr<const json::string_t*>())
    return from_text(item, *text, reading);
  if (value.is_structured()) return no(std::string("is an ") + value.type_name());
  const double number = value.is_boolean() ? (value.get<bool>() ? 1.0 : 0.0) : value.get<double>();
  return judge(item, profile::take(item, number, reading), value.dump());
}

}  // namespace

expected<void, std::string> read_payload(std::string_view payload,
                                         std::span<const Item* const> items, Reading& reading) {
  if (trimmed(payload).empty()) return no("an empty message");
  if (is_binary(payload)) return no("not text");
  std::optional<json> document;
  for (const Item* item : items) {
    const std::string& pointer = std::get<MqttSource>(item->source).pointer;
    if (pointer.empty()) {
      if (auto taken = from_text(*item, trimmed(payload), reading); !taken) return taken;
      continue;
    }
    if (!document) document = json::parse(payload, nullptr, false);
    if (document->is_discarded()) return no("not JSON: " + quotable(payload));
    const json* value = find(*document, pointer);
    if (value == nullptr) return no("nothing at " + pointer);
    if (auto taken = from_json(*item, *value, reading); !taken)
      return no(pointer + ": " + taken.error());
  }
  return {};
}

namespace {

expected<json, std::string> command_value(const profile::WriteStep& step, std::string_view value) {
  if (step.text) return json(*step.text);
  std::optional<double> number = step.number;
  if (!number) {
    const auto asked = parse_number(value);
    if (!asked || !std::isfinite(*asked) || step.scale == 0)
      return unexpected<std::string>(quotable(value) + " is no number");
    number = (*asked - step.offset) / step.scale;
  }
  constexpr double exact = 9'007'199'254'740'992.0;  // 2^53
  if (std::abs(*number) < exact && *number == std::floor(*number))
    return json(static_cast<std::int64_t>(*number));
  return json(*number);
}

}  // namespace

expected<std::string, std::string> command_payload(const profile::WriteStep& step,
                                                   std::string_view value) {
  const auto content = command_value(step, value);
  if (!content) return unexpected<std::string>(content.error());
  std::string_view pointer = std::get<MqttSource>(step.target).pointer;
  if (pointer.empty()) {
    const auto* text = content->get_ptr<const json::string_t*>();
    return text != nullptr ? *text : content->dump();
  }
  json out = *content;
  while (!pointer.empty()) {  // from the innermost name outwards
    const auto slash = pointer.rfind('/');
    if (slash == std::string_view::npos)
      return unexpected<std::string>("a pointer without a slash");
    json around = json::object();
    around[unescaped(pointer.substr(slash + 1))] = std::move(out);
    out = std::move(around);
    pointer = pointer.substr(0, slash);
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool says(std::string_view payload, std::string_view word) {
  return std::ranges::equal(trimmed(payload), trimmed(word), {}, lower, lower);
}

bool says_ok(std::string_view payload) { return says(payload, "ok"); }

std::string quotable(std::string_view payload) {
  std::string out = "'";
  for (const char c : payload.substr(0, quote_bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  return out + (payload.size() > quote_bytes_max ? "...'" : "'");
}

}  // namespace nightwatt::wire::mqtt
