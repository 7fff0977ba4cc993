#include "wire/snmp/message.h"

#include <array>
#include <bit>

#include "wire/snmp/ber.h"

namespace nightwatt::wire::snmp {
namespace {

constexpr std::uint8_t exception_object = 0x80;
constexpr std::uint8_t exception_instance = 0x81;
constexpr std::uint8_t exception_end = 0x82;

std::optional<std::int32_t> expect_int32(Elements& elements) {
  const auto number = elements.expect_integer();
  if (!number || *number < INT32_MIN || *number > INT32_MAX) return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

std::optional<Value> unsigned32(ValueKind kind, std::string_view body) {
  const auto number = read_unsigned(body);
  if (!number || *number > UINT32_MAX) return std::nullopt;
  return Value{.kind = kind, .integer = static_cast<std::int64_t>(*number)};
}

std::optional<Value> opaque(std::string_view body) {
  if (const auto real = opaque_real(body)) return Value{.kind = ValueKind::real, .real = *real};
  return Value{.kind = ValueKind::opaque, .octets = std::string(body)};
}

std::optional<Value> read_value(const Element& element) {
  switch (element.tag) {
    case tag::integer: {
      const auto number = read_integer(element.body);
      if (!number || *number < INT32_MIN || *number > INT32_MAX) return std::nullopt;
      return integer_value(*number);
    }
    case tag::octets: return octets_value(std::string(element.body));
    case tag::oid: {
      auto name = read_oid(element.body);
      if (!name) return std::nullopt;
      return Value{.kind = ValueKind::oid, .oid = std::move(*name)};
    }
    case tag::address:
      if (element.body.size() != 4) return std::nullopt;
      return Value{.kind = ValueKind::address, .octets = std::string(element.body)};
    case tag::counter: return unsigned32(ValueKind::counter, element.body);
    case tag::gauge: return unsigned32(ValueKind::gauge, element.body);
    case tag::ticks: return unsigned32(ValueKind::ticks, element.body);
    case tag::opaque: return opaque(element.body);
    case tag::counter64: {
      const auto number = read_unsigned(element.body);
      if (!number) return std::nullopt;
      return Value{.kind = ValueKind::counter64, .counter = *number};
    }
    default: break;
  }
  if (!element.body.empty()) return std::nullopt;
  if (element.tag == tag::null) return Value{};
  if (element.tag == exception_object) return Value{.kind = ValueKind::no_such_object};
  if (element.tag == exception_instance) return Value{.kind = ValueKind::no_such_instance};
  if (element.tag == exception_end) return Value{.kind = ValueKind::end_of_mib_view};
  return std::nullopt;
}

void append_opaque_real(std::string& out, double real) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(real));
  std::string body("\x9F\x78\x04", 3);
  for (int shift = 24; shift >= 0; shift -= 8) body += static_cast<char>(bits >> shift & 0xFF);
  append_element(out, tag::opaque, body);
}

void append_value(std::string& out, const Value& value) {
  const auto number = static_cast<std::uint64_t>(value.integer);
  switch (value.kind) {
    case ValueKind::null: return append_element(out, tag::null, {});
    case ValueKind::integer: return append_integer(out, tag::integer, value.integer);
    case ValueKind::counter: return append_unsigned(out, tag::counter, number);
    case ValueKind::gauge: return append_unsigned(out, tag::gauge, number);
    case ValueKind::ticks: return append_unsigned(out, tag::ticks, number);
    case ValueKind::counter64: return append_unsigned(out, tag::counter64, value.counter);
    case ValueKind::octets: return append_element(out, tag::octets, value.octets);
    case ValueKind::oid: return append_oid(out, value.oid);
    case ValueKind::address: return append_element(out, tag::address, value.octets);
    case ValueKind::real: return append_opaque_real(out, value.real);
    case ValueKind::opaque: return append_element(out, tag::opaque, value.octets);
    case ValueKind::no_such_object: return append_element(out, exception_object, {});
    case ValueKind::no_such_instance: return append_element(out, exception_instance, {});
    case ValueKind::end_of_mib_view: return append_element(out, exception_end, {});
  }
}

bool read_varbinds(std::string_view body, std::vector<Varbind>& into) {
  Elements list(body);
  while (!list.at_end()) {
    const auto pair = list.expect(tag::sequence);
    if (!pair || into.size() == varbinds_max) return false;
    Elements parts(*pair);
    const auto name_body = parts.expect(tag::oid);
    auto name = name_body ? read_oid(*name_body) : std::nullopt;
    const auto element = parts.next();
    auto value = element ? read_value(*element) : std::nullopt;
    if (!name || !value || !parts.at_end()) return false;
    into.push_back({std::move(*name), std::move(*value)});
  }
  return true;
}

// All between get and report but the v1 trap, which has another form.
bool is_parsed_pdu(std::uint8_t tag) {
  return tag >= static_cast<std::uint8_t>(PduType::get) &&
         tag <= static_cast<std::uint8_t>(PduType::report) &&
         tag != static_cast<std::uint8_t>(PduType::trap_v1);
}

bool read_pdu(const Element& element, Message& into) {
  if (!is_parsed_pdu(element.tag)) return false;
  into.type = static_cast<PduType>(element.tag);
  Elements parts(element.body);
  const auto request = expect_int32(parts);
  const auto status = expect_int32(parts);
  const auto index = expect_int32(parts);
  const auto list = parts.expect(tag::sequence);
  if (!request || !status || !index || !list || !parts.at_end()) return false;
  into.request_id = *request;
  into.error_status = *status;
  into.error_index = *index;
  return read_varbinds(*list, into.varbinds);
}

// The elements of the one SEQUENCE that a datagram is.
std::optional<Elements> open_datagram(std::string_view datagram) {
  if (datagram.size() > message_bytes_max) return std::nullopt;
  Elements whole(datagram);
  const auto body = whole.expect(tag::sequence);
  if (!body || !whole.at_end()) return std::nullopt;
  return Elements(*body);
}

// RFC 3412, section 6 (header) and RFC 3414, section 2.4 (security parameters).
std::optional<Sender> peek_v3(Elements& parts) {
  const auto global = parts.expect(tag::sequence);
  const auto security = parts.expect(tag::octets);
  if (!global || !security) return std::nullopt;
  Elements header(*global);
  header.expect_integer();
  header.expect_integer();
  header.expect(tag::octets);
  const auto model = header.expect_integer();
  constexpr std::int64_t user_based = 3;
  if (!model || *model != user_based) return std::nullopt;
  Elements outer(*security);
  const auto body = outer.expect(tag::sequence);
  if (!body) return std::nullopt;
  Elements fields(*body);
  const auto engine = fields.expect(tag::octets);
  const auto boots = fields.expect_integer();
  const auto time = fields.expect_integer();
  const auto user = fields.expect(tag::octets);
  if (!engine || !boots || !time || !user) return std::nullopt;
  if (engine->size() > engine_id_bytes_max || user->size() > user_bytes_max) return std::nullopt;
  return Sender{Version::v3, {}, std::string(*engine), std::string(*user)};
}

}  // namespace

std::string error_name(std::int64_t status) {
  constexpr std::array<std::string_view, 19> names = {"noError",
                                                      "tooBig",
                                                      "noSuchName",
                                                      "badValue",
                                                      "readOnly",
                                                      "genErr",
                                                      "noAccess",
                                                      "wrongType",
                                                      "wrongLength",
                                                      "wrongEncoding",
                                                      "wrongValue",
                                                      "noCreation",
                                                      "inconsistentValue",
                                                      "resourceUnavailable",
                                                      "commitFailed",
                                                      "undoFailed",
                                                      "authorizationError",
                                                      "notWritable",
                                                      "inconsistentName"};
  if (status < 0 || status >= static_cast<std::int64_t>(names.size())) {
    return "error " + std::to_string(status);
  }
  return std::string(names[static_cast<std::size_t>(status)]);
}

std::optional<Message> parse_message(std::string_view datagram) {
  auto parts = open_datagram(datagram);
  if (!parts) return std::nullopt;
  const auto version = parts->expect_integer();
  const auto community = parts->expect(tag::octets);
  const auto pdu = parts->next();
  if (!version || *version < 0 || *version > 1 || !community || !pdu || !parts->at_end()) {
    return std::nullopt;
  }
  Message message;
  message.version = *version == 0 ? Version::v1 : Version::v2c;
  message.community = *community;
  if (!read_pdu(*pdu, message)) return std::nullopt;
  return message;
}

std::string encode_message(const Message& message) {
  std::string list;
  for (const Varbind& varbind : message.varbinds) {
    std::string pair;
    append_oid(pair, varbind.name);
    append_value(pair, varbind.value);
    append_element(list, tag::sequence, pair);
  }
  std::string pdu;
  append_integer(pdu, tag::integer, message.request_id);
  append_integer(pdu, tag::integer, message.error_status);
  append_integer(pdu, tag::integer, message.error_index);
  append_element(pdu, tag::sequence, list);
  std::string body;
  append_integer(body, tag::integer, static_cast<std::int64_t>(message.version));
  append_element(body, tag::octets, message.community);
  append_element(body, static_cast<std::uint8_t>(message.type), pdu);
  std::string datagram;
  append_element(datagram, tag::sequence, body);
  return datagram;
}

std::optional<Sender> peek_sender(std::string_view datagram) {
  auto parts = open_datagram(datagram);
  const auto version = parts ? parts->expect_integer() : std::nullopt;
  if (!version) return std::nullopt;
  if (*version == static_cast<std::int64_t>(Version::v3)) return peek_v3(*parts);
  if (*version != 0 && *version != 1) return std::nullopt;
  const auto community = parts->expect(tag::octets);
  if (!community) return std::nullopt;
  return Sender{static_cast<Version>(*version), std::string(*community), {}, {}};
}

}  // namespace nightwatt::wire::snmp
