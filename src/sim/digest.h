#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "model/effect.h"

// Effects as a fingerprint, for "the same seed gives the same effects, byte for byte", and as a
// line, for the log of a failed simulation.
namespace nightwatt::sim {

// FNV-1a, 64 bits: not against enemies, only against differences.
class Digest {
 public:
  void add(std::uint64_t number);
  void add(std::string_view text);
  void add(const Effect& effect);
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

// "StartStep run 1 step 0 'Compute 1'"; notices stand as they would in the log.
std::string describe(const Effect& effect);

}  // namespace nightwatt::sim
