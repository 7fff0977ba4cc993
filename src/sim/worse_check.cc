#include "sim/worse_check.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "model/power.h"
#include "sim/virtual_ups.h"

namespace nightwatt::sim {

void WorseCheck::worsen(Reading& reading) {
  const auto lower = [&](Variable variable) {
    const auto value = reading.values.get(variable);
    if (value) reading.values.set(variable, *value * 0.3);
  };
  switch (rng_.between(0, 8)) {
    case 0: lower(Variable::battery_charge); break;
    case 1: lower(Variable::battery_runtime); break;
    case 2: reading.status.add(StatusWord::LB); break;
    case 3:
      reading.status.add(StatusWord::OVER);
      reading.values.set(Variable::ups_load, 130);
      break;
    case 4: reading.status.add(StatusWord::FSD); break;
    case 5: reading.status.add(StatusWord::OFF); break;
    case 6: reading.status.add(StatusWord::ALARM); break;
    case 7:
      if (!reading.status.has(StatusWord::OL)) break;
      reading.status.remove(StatusWord::OL);
      reading.status.remove(StatusWord::CHRG);
      reading.status.add(StatusWord::OB);
      break;
    case 8: reading.values.set(Variable::ups_temperature, hot); break;
  }
}

void WorseCheck::compare(const core::Engine& engine, std::span<const Event> events, std::size_t at,
                         Instant now) {
  std::vector<Event> worse(events.begin(), events.end());
  auto& reply = std::get<MessageReplied>(worse[at]);
  if (!reply.reading.usable()) return;
  const std::uint32_t before = reply.reading.status.bits;
  worsen(reply.reading);
  core::Engine as_it_is = engine;
  core::Engine as_it_might_be = engine;
  Effects ignored;
  as_it_is.step(events, now, ignored);
  as_it_might_be.step(worse, now, ignored);
  ++looks_;
  for (std::uint32_t i = 0; i < engine.site().groups.size(); ++i) {
    const Verdict good = as_it_is.group(GroupId{i}, now).verdict;
    const Verdict bad = as_it_might_be.group(GroupId{i}, now).verdict;
    if (bad >= good) continue;
    complaints_.add(
        now, fmt::format("{}: a worse reading (status {:x} instead of {:x}) made the verdict {} "
                         "instead of {}",
                         engine.site().groups[i].name, reply.reading.status.bits, before,
                         to_string(bad), to_string(good)));
  }
}

void WorseCheck::before_step(const core::Engine& engine, std::span<const Event> events,
                             Instant now) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!std::holds_alternative<MessageReplied>(events[i])) continue;
    if (rng_.between(1, 1000) > per_mille_) continue;
    compare(engine, events, i, now);
  }
}

}  // namespace nightwatt::sim
