#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/effect.h"

// What happened, for people: `nightwatt events`, the API, the page. Never a source of a decision,
// and never in its way: adding costs memory only, the disk follows when it can.
namespace nightwatt::ports {

struct HistoryEntry {
  std::uint64_t id = 0;  // ascending, also across restarts
  WallTime time{};
  Severity severity = Severity::info;
  std::string kind{};  // to_string(NoticeKind); text, because an older program may have written it
  std::string subject{};
  std::string message{};
  std::vector<std::pair<std::string, std::string>> details{};
  template <class A>
  void fields(A& a) {  // the id first: it is looked for
    a(id, time, severity, kind, subject, message, details);
  }
};

// Used from the engine's strand only.
class History {
 public:
  virtual ~History() = default;
  History() = default;
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Returns the entry's id.
  virtual std::uint64_t add(const Notice& notice, WallTime at) = 0;
  // Up to `limit` of the entries kept in memory with an id above `after`, oldest first.
  virtual std::vector<HistoryEntry> after(std::uint64_t after, std::size_t limit) const = 0;
  // The newest `limit` entries, oldest first.
  virtual std::vector<HistoryEntry> newest(std::size_t limit) const = 0;
  virtual std::uint64_t last_id() const = 0;  // 0: none yet
  // Entries that never reached the disk, since the start.
  virtual std::uint64_t dropped() const = 0;
};

}  // namespace nightwatt::ports
