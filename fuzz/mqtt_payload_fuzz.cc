#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "wire/mqtt/kept_topic.h"
#include "wire/mqtt/payload.h"
#include "wire/mqtt/topic.h"

// A hostile device, or a stranger who may publish. Whatever the bytes, reading them ends with a
// reading or with one short printable line, and the same payload always says the same.
namespace {

using namespace nightwatt;

std::vector<profile::Item> items(bool json) {
  std::vector<profile::Item> out(4);
  const char* const pointers[] = {"/ups/status", "/battery/0/charge", "/a~1b", "/on"};
  const VariableId variables[] = {status_variable, id_of(Variable::battery_charge),
                                  VariableId{first_other_variable}, status_variable};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].variable = variables[i];
    out[i].source = profile::MqttSource{"t", json ? pointers[i] : ""};
  }
  out[3].map = profile::MapKind::values;
  out[3].meanings = {{.raw = 0, .words = parse_status("OB")},
                     {.raw = 1, .words = parse_status("OL")}};
  if (!json) out.resize(1);
  return out;
}

void check_line(const std::string& text) {
  NW_CHECK(!text.empty() && text.size() < 250);
  NW_CHECK(std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; }));
}

}  // namespace

// The first byte: one plain value (even) or JSON with pointers (odd).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto all = items((data[0] & 1) != 0);
  std::vector<const profile::Item*> wanted;
  for (const auto& item : all) wanted.push_back(&item);

  Reading once, again;
  const auto first = wire::mqtt::read_payload(bytes, wanted, once);
  const auto second = wire::mqtt::read_payload(bytes, wanted, again);
  NW_CHECK(first.has_value() == second.has_value());
  if (first) {
    NW_CHECK(once == again);
  } else {
    NW_CHECK(first.error() == second.error());
    check_line(first.error());
  }
  profile::WriteStep step;
  step.target = profile::MqttSource{"t", (data[0] & 1) != 0 ? "/a~1b/c" : ""};
  if (const auto payload = wire::mqtt::command_payload(step, bytes); !payload)
    check_line(payload.error());
  wire::mqtt::is_topic_name(bytes);
  check_line(wire::mqtt::quotable(bytes));
  wire::mqtt::KeptTopic topic;
  topic.arrived(bytes, (data[0] & 2) != 0, Instant(Duration(1)));
  NW_CHECK(topic.payload().size() <= wire::mqtt::payload_bytes_max);
  return 0;
}
