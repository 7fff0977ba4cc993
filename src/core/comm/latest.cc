#include "core/comm/latest.h"

#include <bit>

namespace nightwatt::core {

namespace {

// Puts values into the table from its front to its end: what comes next is never before what came
// last, and nearly always right behind it.
class Walk {
 public:
  Walk(std::vector<LatestValue>& table, Instant now) : table_(table), now_(now) {}

  void put(VariableId variable, double number) {
    while (at_ < table_.size() && table_[at_].variable < variable) ++at_;
    if (at_ < table_.size() && table_[at_].variable == variable) {
      table_[at_].number = number;
      table_[at_].at = now_;
    } else {
      table_.insert(table_.begin() + static_cast<std::ptrdiff_t>(at_),
                    LatestValue{variable, number, now_});
    }
  }

 private:
  std::vector<LatestValue>& table_;
  Instant now_;
  std::size_t at_ = 0;
};

}  // namespace

void take_over(const Reading& reading, Instant now, std::vector<LatestValue>& table) {
  if (reading.values.rejected_bits() != 0) {
    std::erase_if(table, [&](const LatestValue& each) {
      return each.variable.value < variable_count &&
             reading.values.rejected(static_cast<Variable>(each.variable.value));
    });
  }
  Walk walk(table, now);
  for (std::uint32_t left = reading.values.present_bits(); left != 0; left &= left - 1) {
    const auto variable = static_cast<Variable>(std::countr_zero(left));
    walk.put(id_of(variable), *reading.values.get(variable));
  }
  if (reading.status.bits != 0) walk.put(status_variable, reading.status.bits);
  for (const OtherValue& other : reading.others) walk.put(other.variable, other.number);
}

}  // namespace nightwatt::core
