#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/ids.h"

// Control messages: instant commands and variable writes (comm-failover, section 5 item 5; NUT's
// INSTCMD and SET VAR).
namespace nightwatt {

enum class ControlKind : std::uint8_t {
  command,  // an instant command: test.battery.start
  write,    // a variable gets a value: ups.delay.shutdown
};
std::string_view to_string(ControlKind kind);

// What may be done when nobody knows whether an order was carried out.
enum class ControlPolicy : std::uint8_t {
  never,                  // nothing: it ends as unknown
  verify_then_retry,      // read back; send once more only when it was not applied
  idempotent,             // an absolute set-point: sending it twice is sending it once
  select_before_operate,  // select again on the new path, then operate
};
std::string_view to_string(ControlPolicy policy);

enum class ControlOutcome : std::uint8_t {
  pending,
  ok,       // the device said so, or it was read back
  refused,  // certainly not carried out: not allowed, refused by the device, expired, never sent
  unknown,  // it left us and no answer came
};
std::string_view to_string(ControlOutcome outcome);

// One order to one device. Immutable once it is accepted; shared by the queue and the driver.
struct ControlOrder {
  std::uint64_t id = 0;  // of the audit record
  DeviceId device{};
  ControlKind kind{};
  std::string name{};   // NUT's name of the command or variable
  std::string value{};  // of a write, or a command's parameter; empty: none
  ControlPolicy policy = ControlPolicy::never;
  Instant expires{};  // never sent at or after this
  std::string who{};  // for the audit: "root via socket"
  bool dry_run = false;
  template <class A>
  void fields(A& a) {
    a(id, device, kind, name, value, policy, expires, who, dry_run);
  }
};

// The audit: who asked for what, when, over which path, and what came of it. Written when the order
// is accepted (pending) and again when it ends; times are wall-clock milliseconds since 1970.
struct AuditRecord {
  std::uint64_t id = 0;
  std::string device{};
  ControlKind kind{};
  std::string name{};
  std::string value{};
  std::string who{};
  bool dry_run = false;
  std::string path{};  // "primary path (nut-a1)"; empty: never sent
  ControlOutcome outcome{};
  std::string text{};  // the device's own words, or why
  // What it would have been sent by; nothing: refused before anybody looked.
  std::optional<ControlPolicy> policy{};
  std::optional<Duration> expires_in{};  // since it was asked for
  template <class A>
  void fields(A& a) {
    a(id, device, kind, name, value, who, dry_run, path, outcome, text, policy, expires_in);
  }
};

// A row of the audit as it is read back.
struct AuditEntry {
  AuditRecord record{};
  WallTime asked{};
  std::optional<WallTime> ended{};
};

}  // namespace nightwatt
