#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "wire/snmp/message.h"

// A hostile agent or manager. What is understood comes back the same after it was written again,
// and its numbers and texts can be read without harm. Reals travel as singles and NaN is no equal
// of itself, so messages with reals are only written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nightwatt::wire::snmp;
  const std::string_view datagram(reinterpret_cast<const char*>(data), size);
  peek_sender(datagram);
  opaque_real(datagram);
  if (const auto oid = parse_oid(datagram)) NW_CHECK(parse_oid(to_string(*oid)) == oid);
  const auto message = parse_message(datagram);
  if (!message) return 0;
  bool exact = true;
  for (const Varbind& varbind : message->varbinds) {
    text_of(varbind.value);
    number_of(varbind.value);
    exact = exact && varbind.value.kind != ValueKind::real;
  }
  const auto again = parse_message(encode_message(*message));
  if (exact && again) NW_CHECK(*again == *message);
  NW_CHECK(again || size > message_bytes_max / 2);  // the shortest form can only be shorter
  return 0;
}
