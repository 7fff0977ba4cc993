#include "config/profiles/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace nightwatt::config {
namespace {

using profile::ModbusSource;
using profile::MqttSource;
using profile::NumberType;
using profile::Protocol;
using profile::RegisterKind;
using profile::SnmpSource;
using profile::SnmpType;
using profile::Source;

constexpr int address_max = 65'535;
constexpr std::int64_t exact_max = std::int64_t{1} << 53;  // integers that a double can tell apart

struct Table {
  std::string_view key;
  RegisterKind kind;
  char digit;  // of a five- or six-digit register number: 40001 is holding register 0
};
constexpr std::array<Table, 4> tables{{
    {"holding", RegisterKind::holding_register, '4'},
    {"input", RegisterKind::input_register, '3'},
    {"discrete", RegisterKind::discrete_input, '1'},
    {"coil", RegisterKind::coil, '0'},
}};

bool is_single_bit(RegisterKind kind) {
  return kind == RegisterKind::coil || kind == RegisterKind::discrete_input;
}

bool read_register_number(Section& section, ModbusSource& source) {
  std::string text;
  if (!section.text("register", text)) return false;
  const SourcePos pos = section.pos_of("register");
  const auto number = parse_whole(text);
  const bool digits = (text.size() == 5 || text.size() == 6) &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  const auto table = std::ranges::find(tables, text.empty() ? ' ' : text.front(), &Table::digit);
  if (!digits || table == tables.end()) {
    section.out().error(pos,
                        section.path("register") +
                            " has five or six digits, the first says "
                            "which table: 40001 is the first holding register",
                        number ? fmt::format("an address as on the wire: holding: {}", *number)
                               : "0 coils, 1 discrete inputs, 3 input, 4 holding registers");
    return false;
  }
  int address = 0;
  std::from_chars(text.data() + 1, text.data() + text.size(), address);
  if (address < 1 || address > address_max + 1) {
    section.out().error(pos, fmt::format("{}: the numbers of a table run from {}{} to {}{}",
                                         section.path("register"), table->digit, "0001",
                                         table->digit, text.size() == 5 ? "9999" : "65536"));
    return false;
  }
  source.kind = table->kind;
  source.address = static_cast<std::uint16_t>(address - 1);
  return true;
}

bool read_address(Section& section, const Table& table, ModbusSource& source) {
  std::string text;
  if (!section.text(table.key, text)) return false;
  const auto address = parse_whole(text);
  if (!address || *address < 0 || *address > address_max) {
    section.out().error(
        section.pos_of(table.key),
        fmt::format("{} must be an address from 0 to {} (or 0x0 to 0xffff), got '{}'",
                    section.path(table.key), address_max, text));
    return false;
  }
  // 40001 after `holding:` is most probably a number out of a manual, and one table too far.
  if (text.size() == 5 && text.front() == table.digit && *address >= 10'001) {
    section.out().warning(
        section.pos_of(table.key),
        fmt::format("{} counts from 0, as on the wire", section.path(table.key)),
        fmt::format("if the manual says {}, write register: {}; if it really is address {}, write "
                    "0x{:x}",
                    text, text, text, *address));
  }
  source.kind = table.kind;
  source.address = static_cast<std::uint16_t>(*address);
  return true;
}

bool read_place(Section& section, ModbusSource& source) {
  int written = section.has("register") ? 1 : 0;
  for (const Table& table : tables) written += section.has(table.key) ? 1 : 0;
  bool good = read_register_number(section, source);
  for (const Table& table : tables) good = read_address(section, table, source) || good;
  if (written == 1) return good;
  section.out().error(
      section.pos(), section.label() + (written == 0 ? " has no register" : " has two places"),
      "one of holding, input, coil, discrete (address from 0) and register (40001)");
  return false;
}

void read_type(Section& section, ModbusSource& source) {
  const bool typed = section.choice("type", source.type,
                                    {{"u16", NumberType::u16},
                                     {"s16", NumberType::s16},
                                     {"u32", NumberType::u32},
                                     {"s32", NumberType::s32},
                                     {"u64", NumberType::u64},
                                     {"s64", NumberType::s64},
                                     {"f32", NumberType::f32},
                                     {"f64", NumberType::f64}});
  int bit = 0;
  const bool has_bit = section.whole("bit", bit, 0, 15);
  if (is_single_bit(source.kind)) {
    source.type = NumberType::bit;
    if (typed || has_bit) {
      section.out().error(section.pos_of(typed ? "type" : "bit"),
                          fmt::format("{}: a {} is one bit and has no {}", section.label(),
                                      to_string(source.kind), typed ? "type" : "bit number"));
    }
    return;
  }
  if (!has_bit) return;
  if (typed) {
    section.out().error(section.pos_of("type"), section.label() + " has both 'type' and 'bit'",
                        "with bit it is 0 or 1");
  }
  source.type = NumberType::bit;
  source.bit = static_cast<std::uint8_t>(bit);
}

void read_order(Section& section, ModbusSource& source) {
  section.choice("word_order", source.low_word_first, {{"high_first", false}, {"low_first", true}});
  section.choice("byte_order", source.low_byte_first, {{"high_first", false}, {"low_first", true}});
  if (section.has("word_order") && profile::registers_of(source.type) == 1) {
    section.out().warning(section.pos_of("word_order"),
                          section.path("word_order") + " does nothing: the value is one register",
                          "type: u32, s32, f32, u64, s64 or f64");
  }
}

std::optional<Source> read_modbus(Section& section, Use use) {
  ModbusSource source;
  const bool placed = read_place(section, source);
  read_type(section, source);
  read_order(section, source);
  if (!placed) return {};
  const int last = source.address + profile::registers_of(source.type) - 1;
  if (last > address_max) {
    section.out().error(section.pos(), section.label() + " ends behind the last register");
    return {};
  }
  const bool read_only =
      source.kind == RegisterKind::input_register || source.kind == RegisterKind::discrete_input;
  if (use == Use::write && read_only) {
    section.out().error(
        section.pos(),
        fmt::format("{}: nothing can be written to {}", section.label(), show(source)),
        "only holding registers and coils can be written");
    return {};
  }
  if (use == Use::write && source.kind == RegisterKind::holding_register &&
      source.type == NumberType::bit) {
    section.out().error(section.pos_of("bit"),
                        section.label() + ": one bit of a register cannot be written alone",
                        "write the whole register with its value");
    return {};
  }
  return source;
}

std::optional<Source> read_snmp(Section& section, Use use) {
  SnmpSource source;
  std::string text;
  section.choice("type", source.type,
                 {{"integer", SnmpType::integer},
                  {"unsigned", SnmpType::unsigned32},
                  {"string", SnmpType::octets},
                  {"oid", SnmpType::oid},
                  {"ip", SnmpType::ip_address},
                  {"timeticks", SnmpType::timeticks}});
  if (section.has("type") && use == Use::read) {
    section.out().warning(section.pos_of("type"), section.path("type") + " does nothing here",
                          "what is read says its own type; only a write needs one");
  }
  if (!section.text("oid", text)) {
    if (!section.has("oid")) section.out().error(section.pos(), section.label() + " has no 'oid'");
    return {};
  }
  const auto oid = parse_oid(text);
  if (!oid) {
    section.out().error(section.pos_of("oid"), section.path("oid") + " is no OID in numbers",
                        "as in 1.3.6.1.2.1.33.1.2.4.0, with the instance at its end");
    return {};
  }
  source.oid = *oid;
  return source;
}

// RFC 6901: empty, or each step begins with '/', and '~' stands before 0 or 1.
bool is_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = text.find('~'); i != std::string_view::npos; i = text.find('~', i + 1)) {
    if (i + 1 >= text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return false;
  }
  return true;
}

std::optional<Source> read_mqtt(Section& section, Use use) {
  MqttSource source;
  Located<std::string> topic;
  const bool named = section.name("topic", topic);
  if (!named && !section.has("topic")) {
    section.out().error(section.pos(), section.label() + " has no 'topic'");
  }
  source.topic = topic.value;
  if (named && !is_topic_below(source.topic)) {
    section.out().error(topic.pos, section.path("topic") + " is no topic below a prefix",
                        "no '+' or '#', no '/' at its ends: unit ups/a and topic status make "
                        "ups/a/status");
    return {};
  }
  if (section.any_text("pointer", source.pointer) && !is_pointer(source.pointer)) {
    section.out().error(section.pos_of("pointer"),
                        section.path("pointer") + " is no JSON pointer (RFC 6901)",
                        "as in /battery/charge");
    return {};
  }
  if (use == Use::write && !source.pointer.empty()) {
    section.out().error(section.pos_of("pointer"), section.path("pointer") + " is for reading only",
                        "what is published is the whole payload");
    return {};
  }
  if (!named) return {};
  return source;
}

RawRange range_of(NumberType type) {
  switch (type) {
    case NumberType::bit: return {0, 1};
    case NumberType::u16: return {0, 65'535};
    case NumberType::s16: return {-32'768, 32'767};
    case NumberType::u32: return {0, 4'294'967'295.0};
    case NumberType::s32: return {-2'147'483'648.0, 2'147'483'647.0};
    case NumberType::u64: return {0, static_cast<double>(exact_max)};
    case NumberType::s64: return {-static_cast<double>(exact_max), static_cast<double>(exact_max)};
    case NumberType::f32:
    case NumberType::f64: return {};
  }
  return {};
}

}  // namespace

RawRange raw_range(const Source& source) {
  if (const auto* modbus = std::get_if<ModbusSource>(&source)) return range_of(modbus->type);
  const auto* snmp = std::get_if<SnmpSource>(&source);
  if (snmp != nullptr && snmp->type == SnmpType::unsigned32) return {0, 4'294'967'295.0};
  return {};
}

int bits_of(const Source& source) {
  constexpr int exact_bits = 53;
  const auto* modbus = std::get_if<ModbusSource>(&source);
  if (modbus == nullptr) return exact_bits;
  if (modbus->type == NumberType::bit) return 1;
  return std::min(16 * profile::registers_of(modbus->type), exact_bits);
}

std::optional<Source> read_source(Section& section, Protocol protocol, Use use) {
  switch (protocol) {
    case Protocol::modbus: return read_modbus(section, use);
    case Protocol::snmp: return read_snmp(section, use);
    case Protocol::mqtt: return read_mqtt(section, use);
  }
  return {};
}

bool has_source(const Section& section, Protocol protocol) {
  switch (protocol) {
    case Protocol::modbus:
      return section.has("register") ||
             std::ranges::any_of(tables, [&](const Table& it) { return section.has(it.key); });
    case Protocol::snmp: return section.has("oid");
    case Protocol::mqtt: return section.has("topic");
  }
  return false;
}

std::string show(const Source& source) {
  if (const auto* modbus = std::get_if<ModbusSource>(&source)) {
    std::string out = fmt::format("{} {}", to_string(modbus->kind), modbus->address);
    if (is_single_bit(modbus->kind)) return out;
    if (modbus->type == NumberType::bit) return fmt::format("{} bit {}", out, modbus->bit);
    out += ' ' + std::string(to_string(modbus->type));
    if (modbus->low_word_first) out += " low word first";
    if (modbus->low_byte_first) out += " low byte first";
    return out;
  }
  if (const auto* snmp = std::get_if<SnmpSource>(&source)) {
    return fmt::format("{}", fmt::join(snmp->oid, "."));
  }
  const auto& mqtt = std::get<MqttSource>(source);
  return mqtt.pointer.empty() ? mqtt.topic : mqtt.topic + ' ' + mqtt.pointer;
}

bool is_topic_below(std::string_view topic) {
  return !topic.empty() && topic.find_first_of("+#") == std::string_view::npos &&
         !topic.starts_with('/') && !topic.ends_with('/');
}

std::optional<std::vector<std::uint32_t>> parse_oid(std::string_view text) {
  constexpr std::size_t numbers_max = 128;
  if (text.starts_with('.')) text.remove_prefix(1);
  std::vector<std::uint32_t> out;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (out.size() < numbers_max) {
    std::uint32_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) return {};
    out.push_back(number);
    if (next == end) {
      const bool sane = out.size() >= 2 && out[0] <= 2 && (out[0] == 2 || out[1] < 40);
      return sane ? std::optional(std::move(out)) : std::nullopt;
    }
    if (*next != '.') return {};
    at = next + 1;
  }
  return {};
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  if (text.starts_with('-') || text.starts_with('+')) return {};
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size() || value > exact_max) return {};
  return negative ? -value : value;
}

}  // namespace nightwatt::config
