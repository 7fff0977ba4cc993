#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "sim/observer.h"

namespace nightwatt::sim {

// Which rare branches were reached, by what people were told: a simulation that never loses a
// quorum proves nothing.
class Coverage : public Observer {
 public:
  void after_step(const core::Engine& engine, std::span<const Effect> effects,
                  Instant now) override;
  void clock_gap(Instant) override { ++counts_["clock gap"]; }
  void daemon_down(Instant) override { ++counts_["crash"]; }

  void add(const Coverage& other);
  std::uint64_t count(const std::string& what) const;
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

 private:
  void note(const Notice& notice);
  std::map<std::string, std::uint64_t> counts_{};
};

}  // namespace nightwatt::sim
