#include "core/comm/latest.h"

#include <algorithm>

namespace nightwatt::core {

namespace {

void put(std::vector<LatestValue>& table, VariableId variable, double number, Instant at) {
  const auto place = std::ranges::lower_bound(table, variable, {}, &LatestValue::variable);
  if (place != table.end() && place->variable == variable) {
    place->number = number;
    place->at = at;
  } else {
    table.insert(place, LatestValue{variable, number, at});
  }
}

}  // namespace

void take_over(const Reading& reading, std::vector<LatestValue>& table) {
  for (std::uint16_t i = 0; i < variable_count; ++i) {
    const auto variable = static_cast<Variable>(i);
    if (const auto number = reading.values.get(variable)) {
      put(table, VariableId{i}, *number, reading.at);
    } else if (reading.values.rejected(variable)) {
      std::erase_if(table, [i](const LatestValue& each) { return each.variable == VariableId{i}; });
    }
  }
  if (reading.status.bits != 0) put(table, status_variable, reading.status.bits, reading.at);
  for (const OtherValue& other : reading.others) {
    put(table, other.variable, other.number, reading.at);
  }
}

}  // namespace nightwatt::core
