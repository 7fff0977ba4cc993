#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/engine_loop.h"
#include "ports/history.h"

// Doors of an engine loop that lead nowhere and remember what they were told.
namespace nightwatt::app {

// Remembers what it was told; the disk and the machines of these tests.
class NoJournal final : public ports::Journal {
 public:
  void commit_run(const CommitRun& /*effect*/) override {}
  void record_step(const RecordStep& /*effect*/) override {}
  void close_run(const CloseRun& /*effect*/) override {}
  void record_hold(const RecordHold& effect) override { holds.push_back(effect.hold); }
  void forget_hold(const ForgetHold& effect) override { forgotten.push_back(effect.group); }
  void record_audit(const RecordAudit& effect) override { audited.push_back(effect.record); }
  void record_read(ports::RecordRead /*record*/) override {}
  void record_comm(ports::RecordComm /*record*/) override {}
  void record_maintenance(const RecordMaintenance&) override {}
  void record_comm_state(const RecordCommState& effect) override {
    comm_states.push_back(effect.record);
  }
  void read_audit(std::size_t limit, ports::AuditAnswer answer) override {
    asked_for = limit;
    if (disk_problem) return answer(fail(Errc::io_failed, *disk_problem));
    std::vector<AuditEntry> rows;
    for (const AuditRecord& record : audited) rows.push_back({record, WallTime{}, std::nullopt});
    answer(std::move(rows));
  }
  std::vector<HandRecord> comm_states{};
  std::size_t asked_for = 0;
  std::optional<std::string> disk_problem{};
  std::vector<HoldRecord> holds{};
  std::vector<std::string> forgotten{};
  std::vector<AuditRecord> audited{};
};

class NoFlags final : public ports::ReentryFlags {
 public:
  void claim(GroupId /*id*/, const std::string& /*group*/, bool /*replace*/) override {}
  void clear(const std::string& /*group*/) override {}
  std::string path_of(const std::string& group) const override { return group; }
};

class NoMachines final : public ports::Machines {
 public:
  void start(const StartStep& /*effect*/) override {}
  void cancel(const CancelStep& /*effect*/) override {}
  void watch_return(const WatchReturn& /*effect*/) override {}
  void stop_watching(const StopWatching& /*effect*/) override {}
};

class ListHistory final : public ports::History {
 public:
  std::uint64_t add(const Notice& notice, WallTime at) override {
    entries.push_back({.id = entries.size() + 1,
                       .time = at,
                       .severity = notice.severity,
                       .kind = std::string(to_string(notice.kind)),
                       .subject = notice.subject,
                       .message = notice.message,
                       .details = notice.details});
    return entries.size();
  }
  std::vector<ports::HistoryEntry> after(std::uint64_t after, std::size_t limit) const override {
    std::vector<ports::HistoryEntry> out;
    for (const auto& entry : entries) {
      if (entry.id > after && out.size() < limit) out.push_back(entry);
    }
    return out;
  }
  std::vector<ports::HistoryEntry> newest(std::size_t limit) const override {
    return after(entries.size() - std::min(limit, entries.size()), limit);
  }
  std::uint64_t last_id() const override { return entries.size(); }
  std::uint64_t dropped() const override { return 0; }
  std::vector<ports::HistoryEntry> entries{};
};

}  // namespace nightwatt::app
