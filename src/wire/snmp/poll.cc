#include "wire/snmp/poll.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "base/check.h"

namespace nightwatt::wire::snmp {
namespace {

using profile::Item;
using profile::SnmpSource;
using profile::SnmpType;
using profile::Taken;

std::span<const std::uint16_t> items_of(const profile::ReadPlan& plan, std::uint16_t part) {
  const profile::ReadMessage& message = plan.messages.at(part);
  return std::span(plan.items).subspan(message.first, message.items);
}

const Oid& name_of(const Item& item) { return std::get<SnmpSource>(item.source).oid; }

Taken take(const Item& item, const Value& value, Reading& reading) {
  Taken taken = Taken::rejected;
  if (value.kind == ValueKind::octets) {
    taken = profile::take_text(item, text_of(value), reading);
  } else if (const auto number = number_of(value)) {
    taken = profile::take(item, *number, reading);
  }
  // Marks it as sent and not usable, so that people hear of it.
  if (taken == Taken::rejected && item.variable.value < variable_count) {
    reading.values.set_text(static_cast<Variable>(item.variable.value), "");
  }
  return taken;
}

std::optional<Value> address_value(std::string_view text) {
  Value value{.kind = ValueKind::address};
  for (int i = 0; i < 4; ++i) {
    std::uint8_t byte = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), byte);
    if (error != std::errc{}) return std::nullopt;
    value.octets += static_cast<char>(byte);
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    if (i == 3) break;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  return text.empty() ? std::optional(value) : std::nullopt;
}

std::optional<Value> number_value(SnmpType type, double number) {
  const double raw = std::round(number);
  if (type == SnmpType::octets) return octets_value(std::to_string(std::llround(number)));
  const double low = type == SnmpType::integer ? INT32_MIN : 0;
  const double high = type == SnmpType::integer ? INT32_MAX : UINT32_MAX;
  if (!(raw >= low && raw <= high)) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(raw);
  switch (type) {
    case SnmpType::integer: return integer_value(whole);
    case SnmpType::unsigned32: return gauge_value(static_cast<std::uint32_t>(whole));
    case SnmpType::timeticks: return Value{.kind = ValueKind::ticks, .integer = whole};
    case SnmpType::octets:
    case SnmpType::oid:
    case SnmpType::ip_address: return std::nullopt;
  }
  return std::nullopt;
}

// A text, fixed or the order's own, as the object's type. Numbers in it are scaled.
std::optional<Value> text_value(const profile::WriteStep& step, SnmpType type,
                                std::string_view text) {
  switch (type) {
    case SnmpType::octets: return octets_value(std::string(text));
    case SnmpType::ip_address: return address_value(text);
    case SnmpType::oid: {
      auto oid = parse_oid(text);
      if (!oid) return std::nullopt;
      return Value{.kind = ValueKind::oid, .oid = std::move(*oid)};
    }
    case SnmpType::integer:
    case SnmpType::unsigned32:
    case SnmpType::timeticks: {
      const auto number = parse_number(text);
      if (!number) return std::nullopt;
      return number_value(type, (*number - step.offset) / step.scale);
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<Oid> names_of(const profile::Profile& profile, const profile::ReadPlan& plan,
                          std::uint16_t part) {
  std::vector<Oid> names;
  for (const std::uint16_t index : items_of(plan, part)) {
    const Oid& name = name_of(profile.items.at(index));
    // Two items may read one object: status words and a number of it.
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

Read read_answers(const profile::Profile& profile, const profile::ReadPlan& plan,
                  std::uint16_t part, const std::vector<Oid>& asked,
                  const std::vector<Varbind>& answers) {
  Read read;
  if (answers.size() != asked.size()) {
    read.strange =
        std::to_string(answers.size()) + " values for " + std::to_string(asked.size()) + " objects";
    return read;
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (answers[i].name == asked[i]) continue;
    read.strange = "a value of " + to_string(answers[i].name) + " where " + to_string(asked[i]) +
                   " was asked for";
    return read;
  }
  for (const Varbind& answer : answers) {
    if (answer.value.absent()) {
      ++read.absent;
      continue;
    }
    ++read.there;
    for (const std::uint16_t index : items_of(plan, part)) {
      const Item& item = profile.items.at(index);
      if (name_of(item) != answer.name) continue;
      if (take(item, answer.value, read.reading) == Taken::rejected) ++read.rejected;
    }
  }
  return read;
}

expected<Varbind, std::string> write_of(const profile::Profile& profile, const ControlOrder& order,
                                        std::uint16_t part) {
  const auto fail = [](std::string why) { return unexpected<std::string>(std::move(why)); };
  const profile::Command* const command = find_command(profile, order.kind, order.name);
  if (command == nullptr || part >= command->steps.size()) {
    return fail("profile '" + profile.name + "' has no " + std::string(to_string(order.kind)) +
                " '" + order.name + "'");
  }
  const profile::WriteStep& step = command->steps[part];
  const auto& target = std::get<SnmpSource>(step.target);
  std::optional<Value> value;
  if (step.number) {
    value = number_value(target.type, *step.number);
  } else if (step.text) {
    value = text_value(step, target.type, *step.text);
  } else {
    const auto number = parse_number(order.value);
    const bool bounded = command->low != 0 || command->high != 0;
    if (bounded && (!number || *number < command->low || *number > command->high)) {
      return fail("'" + order.value + "' is outside what '" + order.name + "' can have");
    }
    value = text_value(step, target.type, order.value);
  }
  if (!value) {
    return fail("'" + order.value + "' cannot be written as " +
                std::string(to_string(target.type)));
  }
  return Varbind{target.oid, std::move(*value)};
}

}  // namespace nightwatt::wire::snmp
