#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "io/process_identity.h"
#include "ports/clock.h"
#include "ports/reentry_flag.h"
#include "ports/sinks.h"

// Re-entry flag files on a real directory. Claims and clears run on a thread of their own, in
// order: a run directory that hangs must not stop decisions.
namespace nightwatt::io {

// "ups-shutdown-redundancy-" and the group's name. Names of [A-Za-z0-9._-] stand as they are; in
// others every further byte becomes "_" and a hash of the name is added, so that two groups never
// share a file.
std::string flag_file_name(std::string_view group);

// The four lines of a flag file: pid=, start_time=, boot_id=, created_at=.
std::string flag_text(const ProcessIdentity& owner, std::string_view created_at);
// Nothing when no PID can be read from it.
std::optional<ProcessIdentity> flag_owner(std::string_view text);

class FlagFiles : public ports::ReentryFlags {
 public:
  // `clock` must outlive it.
  FlagFiles(std::string directory, const ports::Clock& clock, ports::EventSink sink);
  ~FlagFiles() override;  // as stop()

  // Waits a moment for clears that are under way, then leaves them behind: false.
  bool stop();

  // At start, synchronous: the directory takes files, and the flags of these groups are removed. An
  // error (refuse to start) when a flag's owner still runs, or one cannot be inspected or removed.
  expected<void, Error> clear_at_start(std::span<const std::string> groups);

  void claim(GroupId id, const std::string& group, bool replace_stray) override;
  void clear(const std::string& group) override;
  std::string path_of(const std::string& group) const override;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace nightwatt::io
