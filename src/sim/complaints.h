#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.h"

namespace nightwatt::sim {

// What the checkers of one world found wrong; the first few are enough.
class Complaints {
 public:
  static constexpr std::size_t kept_max = 12;

  void add(Instant now, std::string text) {
    if (list_.size() == kept_max) return;
    list_.push_back(
        fmt::format("at {:.3f} s: {}", seconds(now.time_since_epoch()), std::move(text)));
  }
  bool empty() const { return list_.empty(); }
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::vector<std::string> list_;
};

}  // namespace nightwatt::sim
