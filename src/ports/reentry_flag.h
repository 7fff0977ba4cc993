#pragma once

#include <string>

#include "model/ids.h"

// The re-entry guard: one flag file for each redundancy group, against a second process
// (shutdown.md, "Run"; eneru-redundancy-groups, "Re-entry guard"). `group` is the group's name.
namespace nightwatt::ports {

class ReentryFlags {
 public:
  virtual ~ReentryFlags() = default;
  ReentryFlags() = default;
  ReentryFlags(const ReentryFlags&) = delete;
  ReentryFlags& operator=(const ReentryFlags&) = delete;

  // Create the flag exclusively and answer FlagAnswered for `id`. A flag that this process wrote
  // itself answers `created`. `replace_stray`: one without a live owner is removed first.
  virtual void claim(GroupId id, const std::string& group, bool replace_stray) = 0;
  // Removes the flag when it is this process's own or nobody's: after a recovery a stray one must
  // not suppress the next event as well. One with a live owner stays. No answer.
  virtual void clear(const std::string& group) = 0;
  // The file, as printed in the warning line.
  virtual std::string path_of(const std::string& group) const = 0;
};

}  // namespace nightwatt::ports
