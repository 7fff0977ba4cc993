#pragma once

#include <vector>

#include "base/time.h"
#include "model/reading.h"

// What a device last said, variable by variable, each with its instant.
namespace nightwatt::core {

struct LatestValue {
  VariableId variable{};  // status_variable: the number is StatusWords::bits
  double number = 0;
  Instant at{};
  template <class A>
  void fields(A& a) {
    a(variable, number, at);
  }
  friend bool operator==(const LatestValue&, const LatestValue&) = default;
};

// Takes over what the reading brought at `now`; `table` stays ascending by variable. A variable
// that was sent and was not usable leaves the table: an old value must not stand for it.
void take_over(const Reading& reading, Instant now, std::vector<LatestValue>& table);

}  // namespace nightwatt::core
