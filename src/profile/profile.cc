#include "profile/profile.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/check.h"

namespace nightwatt::profile {
namespace {

Taken put(const Item& item, double value, Reading& reading) {
  if (!std::isfinite(value)) return Taken::rejected;
  if (item.variable.value < variable_count) {
    const auto variable = static_cast<Variable>(item.variable.value);
    const bool good = reading.values.set_number(variable, value) == ValueResult::accepted;
    return good ? Taken::taken : Taken::rejected;
  }
  reading.set_other(item.variable, value);
  return Taken::taken;
}

const Meaning* meaning_of(const Item& item, std::int64_t raw) {
  const auto found = std::ranges::lower_bound(item.meanings, raw, {}, &Meaning::raw);
  return found != item.meanings.end() && found->raw == raw ? &*found : nullptr;
}

template <class IsSet>
Taken take_each(const Item& item, Reading& reading, IsSet is_set) {
  double sum = 0;
  for (const Meaning& meaning : item.meanings) {
    const bool set = is_set(meaning.raw);
    reading.status.bits |= set ? meaning.words.bits : meaning.otherwise.bits;
    if (set) sum += meaning.number;
  }
  return item.variable == status_variable ? Taken::taken : put(item, sum, reading);
}

Taken take_bits(const Item& item, std::int64_t raw, Reading& reading) {
  const auto bits = static_cast<std::uint64_t>(raw);
  return take_each(item, reading, [&](std::int64_t bit) { return (bits >> bit & 1u) != 0; });
}

// A device that sends fewer digits has not set the others: older ones know fewer flags.
Taken take_flags(const Item& item, std::string_view text, Reading& reading) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  if (text.empty() || text.find_first_not_of("01") != std::string_view::npos) {
    return Taken::rejected;
  }
  return take_each(item, reading, [&](std::int64_t flag) {
    const auto index = static_cast<std::size_t>(flag - 1);
    return index < text.size() && text[index] == '1';
  });
}

}  // namespace

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::modbus: return "modbus";
    case Protocol::snmp: return "snmp";
    case Protocol::mqtt: return "mqtt";
  }
  return "?";
}

std::string_view to_string(RegisterKind kind) {
  switch (kind) {
    case RegisterKind::coil: return "coil";
    case RegisterKind::discrete_input: return "discrete";
    case RegisterKind::input_register: return "input";
    case RegisterKind::holding_register: return "holding";
  }
  return "?";
}

std::string_view to_string(NumberType type) {
  switch (type) {
    case NumberType::bit: return "bit";
    case NumberType::u16: return "u16";
    case NumberType::s16: return "s16";
    case NumberType::u32: return "u32";
    case NumberType::s32: return "s32";
    case NumberType::u64: return "u64";
    case NumberType::s64: return "s64";
    case NumberType::f32: return "f32";
    case NumberType::f64: return "f64";
  }
  return "?";
}

int registers_of(NumberType type) {
  switch (type) {
    case NumberType::bit:
    case NumberType::u16:
    case NumberType::s16: return 1;
    case NumberType::u32:
    case NumberType::s32:
    case NumberType::f32: return 2;
    case NumberType::u64:
    case NumberType::s64:
    case NumberType::f64: return 4;
  }
  return 1;
}

std::string_view to_string(SnmpType type) {
  switch (type) {
    case SnmpType::integer: return "integer";
    case SnmpType::unsigned32: return "unsigned";
    case SnmpType::octets: return "string";
    case SnmpType::oid: return "oid";
    case SnmpType::ip_address: return "ip";
    case SnmpType::timeticks: return "timeticks";
  }
  return "?";
}

Taken take(const Item& item, double raw, Reading& reading) {
  if (item.absent && *item.absent == raw) return Taken::absent;
  if (item.map == MapKind::none) {
    if (item.variable == status_variable) return Taken::rejected;
    return put(item, raw * item.scale + item.offset, reading);
  }
  if (item.map == MapKind::flags) return Taken::rejected;  // flags are text
  constexpr double exact = 9'007'199'254'740'992.0;        // 2^53: integers beyond it have gaps
  if (!(std::abs(raw) < exact) || raw != std::floor(raw)) return Taken::rejected;
  const auto whole = static_cast<std::int64_t>(raw);
  if (item.map == MapKind::bits) return take_bits(item, whole, reading);
  const Meaning* meaning = meaning_of(item, whole);
  if (meaning == nullptr) return Taken::rejected;
  if (item.variable != status_variable) return put(item, meaning->number, reading);
  reading.status.bits |= meaning->words.bits;
  return Taken::taken;
}

Taken take_text(const Item& item, std::string_view text, Reading& reading) {
  if (item.variable == status_variable && item.map == MapKind::none) {
    reading.status.bits |= parse_status(text).bits;
    return Taken::taken;
  }
  if (item.map == MapKind::flags) return take_flags(item, text, reading);
  const auto number = parse_number(text);
  return number ? take(item, *number, reading) : Taken::rejected;
}

const Command* find_command(const Profile& profile, ControlKind kind, std::string_view name) {
  const auto same = [&](const Command& it) { return it.kind == kind && it.name == name; };
  const auto found = std::ranges::find_if(profile.commands, same);
  return found == profile.commands.end() ? nullptr : &*found;
}

}  // namespace nightwatt::profile
