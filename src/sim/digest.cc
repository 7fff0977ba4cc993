#include "sim/digest.h"

#include <fmt/format.h>

#include <variant>

#include "base/archive.h"

namespace nightwatt::sim {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace

void Digest::add(std::uint64_t number) {
  for (int byte = 0; byte < 8; ++byte) {
    value_ ^= (number >> (8 * byte)) & 0xff;
    value_ *= 0x100000001b3;
  }
}

void Digest::add(std::string_view text) {
  add(text.size());
  for (const char c : text) {
    value_ ^= static_cast<unsigned char>(c);
    value_ *= 0x100000001b3;
  }
}

void Digest::add(const Effect& effect) {
  add(effect.index());
  std::visit(Overloaded{
                 [this](const SendMessage& it) {
                   add(it.transaction.value);
                   add(it.device.value);
                   add(it.path.value);
                   add(static_cast<std::uint64_t>(it.timeout.count()));
                 },
                 [this](const CancelMessage& it) { add(it.transaction.value); },
                 [this](const PrepareLink& it) { add(it.comm.value); },
                 [this](const CommitRun& it) { add(to_bytes(it.record)); },
                 [this](const RecordStep& it) {
                   add(it.run.value);
                   add(to_bytes(it.step));
                 },
                 [this](const RecordHold& it) {
                   add(it.hold.group);
                   add(static_cast<std::uint64_t>(it.hold.until.time_since_epoch().count()));
                 },
                 [this](const StartStep& it) {
                   add(it.run.value);
                   add(it.step.value);
                   add(it.name);
                   add(to_bytes(it.action));
                   add(static_cast<std::uint64_t>(it.dry_run));
                 },
                 [this](const Notice& it) {
                   add(static_cast<std::uint64_t>(it.severity));
                   add(static_cast<std::uint64_t>(it.kind));
                   add(it.subject);
                   add(it.message);
                   for (const auto& [key, value] : it.details) {
                     add(key);
                     add(value);
                   }
                 },
                 [this, &effect](const auto&) { add(describe(effect)); },
             },
             effect);
}

std::string describe(const Effect& effect) {
  return std::visit(
      Overloaded{
          [](const SendMessage& it) {
            return fmt::format("SendMessage device {} path {} ({:x})", it.device.value,
                               it.path.value, it.transaction.value);
          },
          [](const CancelMessage& it) {
            return fmt::format("CancelMessage {:x}", it.transaction.value);
          },
          [](const PrepareLink& it) { return fmt::format("PrepareLink {}", it.comm.value); },
          [](const CommitRun& it) {
            return fmt::format("CommitRun {} '{}': {}", it.record.id.value, it.record.group,
                               it.record.reason);
          },
          [](const RecordStep& it) {
            return fmt::format("RecordStep run {} {} {}", it.run.value, it.step.id,
                               to_string(it.step.state));
          },
          [](const CloseRun& it) {
            return fmt::format("CloseRun {}: {}", it.run.value, it.outcome);
          },
          [](const RecordHold& it) {
            return fmt::format("RecordHold '{}' until {} ms", it.hold.group,
                               it.hold.until.time_since_epoch().count());
          },
          [](const ForgetHold& it) { return fmt::format("ForgetHold '{}'", it.group); },
          [](const RecordAudit& it) {
            return fmt::format("RecordAudit {} {} {}: {}", it.record.id, it.record.device,
                               it.record.name, to_string(it.record.outcome));
          },
          [](const RecordCommState& it) { return "RecordCommState " + it.record.comm; },
          [](const RecordMaintenance& it) { return "RecordMaintenance " + it.device; },
          [](const ClaimFlag& it) {
            return fmt::format("ClaimFlag group {} replace {}", it.group.value, it.replace_stray);
          },
          [](const ClearFlag& it) { return fmt::format("ClearFlag group {}", it.group.value); },
          [](const StartStep& it) {
            return fmt::format("StartStep run {} step {} '{}'{}", it.run.value, it.step.value,
                               it.name, it.dry_run ? " (dry run)" : "");
          },
          [](const CancelStep& it) {
            return fmt::format("CancelStep run {} step {}", it.run.value, it.step.value);
          },
          [](const WatchReturn& it) {
            return fmt::format("WatchReturn group {} {}", it.group.value, it.step_id);
          },
          [](const StopWatching& it) {
            return fmt::format("StopWatching group {} {}", it.group.value, it.step_id);
          },
          [](const Notice& it) {
            return fmt::format("{} [{}] {}: {}", to_string(it.severity), to_string(it.kind),
                               it.subject, it.message);
          },
          [](const Answer& it) {
            return fmt::format("Answer {} {}: {}", it.request.value, it.ok ? "ok" : "refused",
                               it.text);
          },
      },
      effect);
}

}  // namespace nightwatt::sim
