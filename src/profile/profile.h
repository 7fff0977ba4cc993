#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/control.h"
#include "model/point.h"
#include "model/reading.h"

// A profile: how one kind of device says NUT's variables over one protocol. Data from a file
// (docs/PROFILES.md), checked when it is loaded; drivers obey it and know no device.
//
//     raw number ──absent?──map or bits──scale, offset──► variable of a Reading
namespace nightwatt::profile {

enum class Protocol : std::uint8_t { modbus, snmp, mqtt };
std::string_view to_string(Protocol protocol);

// --- where a value stands -----------------------------------------------------------------------

// Modbus Application Protocol V1.1b3, section 4.3; read with FC 1, 2, 4, 3.
enum class RegisterKind : std::uint8_t { coil, discrete_input, input_register, holding_register };
std::string_view to_string(RegisterKind kind);

enum class NumberType : std::uint8_t { bit, u16, s16, u32, s32, u64, s64, f32, f64 };
std::string_view to_string(NumberType type);
// 16-bit registers that one value takes: 1, 2 or 4. A coil or discrete input takes one of its own.
int registers_of(NumberType type);

struct ModbusSource {
  RegisterKind kind = RegisterKind::holding_register;
  std::uint16_t address = 0;  // as on the wire, from 0: "40001" in a manual is 0
  NumberType type = NumberType::u16;
  bool low_word_first = false;  // of a value of several registers
  bool low_byte_first = false;  // within each register
  std::uint8_t bit = 0;         // type bit in a register: 0 is the lowest
  friend bool operator==(const ModbusSource&, const ModbusSource&) = default;
};

enum class SnmpType : std::uint8_t { integer, unsigned32, octets, oid, ip_address, timeticks };
std::string_view to_string(SnmpType type);

struct SnmpSource {
  std::vector<std::uint32_t> oid{};   // with its instance: 1.3.6.1.2.1.33.1.2.4.0
  SnmpType type = SnmpType::integer;  // for writes; reads take what comes
  friend bool operator==(const SnmpSource&, const SnmpSource&) = default;
};

struct MqttSource {
  std::string topic{};    // below the path's unit: unit "ups/a", topic "status" is ups/a/status
  std::string pointer{};  // RFC 6901 into a JSON payload; empty: the payload is the value
  friend bool operator==(const MqttSource&, const MqttSource&) = default;
};

using Source = std::variant<ModbusSource, SnmpSource, MqttSource>;

// --- what is read -------------------------------------------------------------------------------

enum class MapKind : std::uint8_t {
  none,
  values,  // the raw number is looked up; one that is not listed is rejected
  bits,    // each listed bit that is set adds its words
  flags,   // text of '0' and '1', one digit for each flag; the first is number 1 (PowerNet)
};

struct Meaning {
  std::int64_t raw = 0;     // the value, or the number of the bit or flag
  double number = 0;        // for a number
  StatusWords words{};      // for ups.status
  StatusWords otherwise{};  // bits, flags: for ups.status when it is not set
};

struct Item {
  VariableId variable{};
  Source source{};
  std::string group{};  // schedules may ask for a group by name; empty: none
  double scale = 1;     // value = raw * scale + offset
  double offset = 0;
  MapKind map = MapKind::none;
  std::vector<Meaning> meanings{};  // ascending by raw
  std::optional<double> absent{};   // the raw number that means "no value"
};

// A status point that stands among the device's variables: no message is sent for it. Nightwatt
// fills it when a poll of its schedule ends, well or not (core::PointVariable).
struct PointItem {
  VariableId variable{};  // none that decisions use: a wire says nothing of a UPS
  Point point{};
  std::string group{};
  double scale = 1;  // value = point * scale + offset
  double offset = 0;
};

// Puts one raw number into the reading: as a number of the variable, or as words of ups.status.
// rejected: not listed in the map, or outside what the variable can mean (model/reading.h).
enum class Taken : std::uint8_t { taken, absent, rejected };
Taken take(const Item& item, double raw, Reading& reading);
// The same for text: NUT's words for ups.status ("OL CHRG"), else a number in text.
Taken take_text(const Item& item, std::string_view text, Reading& reading);

// --- what is written ----------------------------------------------------------------------------

struct WriteStep {
  Source target{};
  std::optional<double> number{};     // fixed; nothing (and no text): the order's value
  std::optional<std::string> text{};  // fixed, for SNMP octets and MQTT
  double scale = 1;                   // raw = (value - offset) / scale
  double offset = 0;
  // MQTT: the topic below the unit where the device answers, "ok" or what went wrong in its own
  // words. Empty: nobody says whether it was obeyed, and the order ends as unknown.
  std::string acknowledged_on{};
};

// How one sees that it was applied (ControlPolicy::verify_then_retry).
struct Verify {
  VariableId variable{};
  std::optional<double> number{};  // nothing: the order's value
  StatusWords words{};             // of ups.status: all of these are there
};

struct Command {
  ControlKind kind{};
  std::string name{};              // NUT's name: "test.battery.start", "ups.delay.shutdown"
  std::vector<WriteStep> steps{};  // 1; with select_before_operate 2: select, operate
  ControlPolicy policy = ControlPolicy::never;
  std::optional<Verify> verify{};
  double low = 0, high = 0;  // of a write's value; both 0: any number
};

// MQTT: the topic of the device's own last will.
struct Presence {
  std::string topic{};              // below the unit; empty: it has none
  std::string offline = "offline";  // this payload, any case: the device is gone
};

struct Profile {
  std::string name{};   // "rfc1628"
  std::string title{};  // "RFC 1628 UPS-MIB"
  Protocol protocol{};
  std::vector<Item> items{};
  std::vector<PointItem> points{};
  std::vector<Command> commands{};
  Presence presence{};
};

// Null: the profile has no such command.
const Command* find_command(const Profile& profile, ControlKind kind, std::string_view name);

// --- a schedule's share of a profile ------------------------------------------------------------

// One message of a poll: one request, one reply.
struct ReadMessage {
  RegisterKind kind{};        // Modbus: the block that covers its items
  std::uint16_t address = 0;  // "
  std::uint16_t count = 0;    // "  registers or bits
  std::uint16_t first = 0;    // its items: ReadPlan::items[first, first + items)
  std::uint16_t items = 0;
};

struct ReadPlan {
  std::vector<std::uint16_t> items{};  // indices into Profile::items, message by message
  std::vector<ReadMessage> messages{};
};

// Which items a schedule asks for. Both empty: all of them.
struct Wanted {
  std::vector<VariableId> variables{};
  std::vector<std::string> groups{};
  bool all() const { return variables.empty() && groups.empty(); }
  friend bool operator==(const Wanted&, const Wanted&) = default;
};

bool wants(const Wanted& wanted, VariableId variable, std::string_view group);

// The fewest messages within the protocol's limits: Modbus blocks are joined over small gaps, SNMP
// takes a number of OIDs at once, MQTT is one. No messages: nothing of it is wanted.
ReadPlan plan(const Profile& profile, const Wanted& wanted);

// How one path of a device is read: one plan for each of the device's schedules.
struct PathPlan {
  Profile profile{};
  std::vector<ReadPlan> schedules{};
};

}  // namespace nightwatt::profile
