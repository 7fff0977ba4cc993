#include "core/power/classify.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/power/condition.h"
#include "core/power/evidence.h"
#include "core/power/tracking.h"

namespace nightwatt::core {
namespace {

using Reasons = std::vector<Reason>;

struct WordReason {
  StatusWord word;
  ReasonKind kind;
};
// Words that degrade by themselves, whatever else the UPS says.
constexpr WordReason degrading[] = {
    {StatusWord::TRIM, ReasonKind::trim},     {StatusWord::BOOST, ReasonKind::boost},
    {StatusWord::BYPASS, ReasonKind::bypass}, {StatusWord::CAL, ReasonKind::calibrating},
    {StatusWord::ALARM, ReasonKind::alarm},   {StatusWord::RB, ReasonKind::replace_battery},
};

// OVER, split by the load: only at or above the limit, and only with a load reading, is it
// critical.
std::optional<Reason> overload_of(const MemberMemory& memory, const Watched& watched) {
  if (!memory.newest.status.has(StatusWord::OVER)) return std::nullopt;
  const auto load = memory.newest.values.get(Variable::ups_load);
  const double limit = watched.triggers.overload_critical;
  if (load && static_cast<float>(*load) >= static_cast<float>(limit)) {
    return Reason{ReasonKind::overload, *load, limit};
  }
  return Reason{ReasonKind::overload_warning, load.value_or(0), limit};
}

void add_voltage(const MemberMemory& memory, const Watched& watched, Reasons& out) {
  if (!memory.voltage_out || !memory.voltage) return;
  const auto volts = static_cast<double>(*memory.voltage);
  const auto band = voltage_band(memory, watched);
  const double limit = !band                   ? 1
                       : volts < band->nominal ? band->nominal - band->half_width
                                               : band->nominal + band->half_width;
  out.push_back({ReasonKind::input_voltage, volts, limit});
}

void add_degraded(const MemberMemory& memory, const Watched& watched, Instant now, Reasons& out) {
  const StatusWords status = memory.newest.status;
  if (memory.view.on_battery_since) {
    out.push_back({ReasonKind::on_battery, seconds(now - *memory.view.on_battery_since)});
  }
  if (status.has(StatusWord::LB) && !status.has(StatusWord::OB)) {
    out.push_back({ReasonKind::low_battery_on_line});
  }
  if (memory.off_readings == 1) out.push_back({ReasonKind::output_off, 1, 2});
  if (memory.lost_since && !memory.sight_gone) {
    out.push_back({ReasonKind::sight_lost_grace, seconds(now - *memory.lost_since),
                   seconds(watched.rule.connection_loss_grace)});
  }
  add_voltage(memory, watched, out);
  for (const WordReason& each : degrading) {
    if (status.has(each.word)) out.push_back({each.kind});
  }
  const bool testing =
      memory.testing_since && (status.has(StatusWord::TEST) || status.has(StatusWord::OB));
  if (testing) out.push_back({ReasonKind::testing, seconds(now - *memory.testing_since)});
}

// The critical ones, or the others. What is latched has its reason already.
void add_conditions(const MemberMemory& memory, const Watched& watched, bool critical,
                    Reasons& out) {
  if (watched.triggers.conditions == nullptr) return;
  const ConditionRules& rules = *watched.triggers.conditions;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].critical != critical || !memory.conditions[i].firing) continue;
    Reason reason = reason_of(rules[i], memory.conditions[i]);
    const bool latched = std::ranges::any_of(
        memory.latches, [&](const Reason& latch) { return same_cause(latch, reason); });
    if (!latched) out.push_back(std::move(reason));
  }
}

// All reasons, the gravest first; the state is the first row of the table that has one.
MemberState judge(const MemberMemory& memory, const Watched& watched, std::uint32_t holding,
                  Instant now, Reasons& out) {
  MemberState state = MemberState::healthy;
  const auto reached = [&](MemberState row) {
    if (state == MemberState::healthy) state = row;
  };
  if (memory.maintenance_until) {
    reached(MemberState::maintenance);
    out.push_back({ReasonKind::maintenance, seconds(*memory.maintenance_until - now)});
  }
  if (!memory.latches.empty()) reached(MemberState::critical);
  out.insert(out.end(), memory.latches.begin(), memory.latches.end());
  if (!memory.latches.empty() && holding == 0) out.push_back({ReasonKind::latched});
  if (!memory.view.ever_read) {
    reached(MemberState::unknown);
    out.push_back({ReasonKind::never_read});
    return state;
  }
  if (memory.sight_gone) {
    reached(MemberState::unknown);
    out.push_back({ReasonKind::sight_lost, seconds(now - *memory.view.last_reading)});
  }
  const auto overload = overload_of(memory, watched);
  if (overload && overload->kind == ReasonKind::overload) {
    reached(MemberState::critical);
    out.push_back(*overload);
  }
  const std::size_t firm = out.size();
  add_conditions(memory, watched, true, out);
  if (out.size() > firm) reached(MemberState::critical);
  const std::size_t graver = out.size();
  add_degraded(memory, watched, now, out);
  if (overload && overload->kind != ReasonKind::overload) out.push_back(*overload);
  add_conditions(memory, watched, false, out);
  if (out.size() > graver) reached(MemberState::degraded);
  return state;
}

// Reasons whose coming and going inside one state is not worth a line, or is followed elsewhere:
// sight has lines of its own, and of conditions each one counts (news_of_conditions()).
constexpr std::uint32_t quiet_kinds =
    kind_bit(ReasonKind::latched) | kind_bit(ReasonKind::never_read) |
    kind_bit(ReasonKind::sight_lost) | kind_bit(ReasonKind::sight_lost_grace) |
    kind_bit(ReasonKind::maintenance) | kind_bit(ReasonKind::condition_critical) |
    kind_bit(ReasonKind::condition_degraded);

std::uint32_t bits_of(const Reasons& reasons) {
  std::uint32_t bits = 0;
  for (const Reason& reason : reasons) bits |= kind_bit(reason.kind);
  return bits & ~quiet_kinds;
}

Severity severity_of(MemberState state) {
  switch (state) {
    case MemberState::healthy:
    case MemberState::maintenance: return Severity::info;
    case MemberState::degraded: return Severity::warning;
    case MemberState::critical:
    case MemberState::unknown: return Severity::error;
  }
  return Severity::error;
}

std::string joined(const Reasons& reasons, bool for_people) {
  std::string out;
  for (const Reason& reason : reasons) {
    if (!out.empty()) out += for_people ? "; " : ",";
    out += for_people ? sentence(reason) : std::string(to_string(reason.kind));
  }
  return out;
}

// One fires that people have not heard of. A group's second look says it as an advisory line, for
// it writes no states.
bool news_of_conditions(MemberMemory& memory, const Watched& watched, PowerOut& out) {
  if (watched.triggers.conditions == nullptr) return false;
  bool news = false;
  for (std::size_t i = 0; i < memory.conditions.size(); ++i) {
    ConditionState& state = memory.conditions[i];
    const bool fresh = state.firing && !state.told;
    state.told = state.firing;
    news = news || fresh;
    if (!fresh || watched.voice != Voice::group) continue;
    const Reason reason = reason_of((*watched.triggers.conditions)[i], state);
    out.effects.push_back(Notice{Severity::warning,
                                 NoticeKind::advisory,
                                 std::string(watched.name),
                                 "Condition met (a group's triggers): " + sentence(reason),
                                 {}});
  }
  return news;
}

// Degraded by conditions on status points, and perhaps by sight that was just lost: neither is a
// word about the feed.
void judge_doubt(MemberView& view, const TriggerRule& triggers, const MemberMemory& memory) {
  std::size_t of_comm = 0;
  if (triggers.conditions != nullptr && view.state == MemberState::degraded) {
    for (std::size_t i = 0; i < memory.conditions.size(); ++i) {
      const bool firing = memory.conditions[i].firing;
      of_comm += firing && (*triggers.conditions)[i].of_comm ? 1 : 0;
    }
  }
  const bool degraded = view.state == MemberState::degraded;
  view.only_sight_in_doubt = degraded && view.reasons.size() == 1 + of_comm &&
                             view.reasons.front().kind == ReasonKind::sight_lost_grace;
  view.only_comm_in_doubt = degraded && of_comm > 0 && view.reasons.size() == of_comm;
}

void tell(const MemberMemory& memory, const Watched& watched, MemberState before, PowerOut& out) {
  const MemberView& view = memory.view;
  std::string message(watched.name);
  message += ": ";
  message += before == view.state ? std::string_view("still") : to_string(before);
  message += before == view.state ? " " : " -> ";
  message += to_string(view.state);
  if (!view.reasons.empty()) {
    message += ": " + joined(view.reasons, true) + " (";
    message += how_it_clears(view.reasons.front().kind);
    message += ')';
  }
  out.effects.push_back(Notice{severity_of(view.state),
                               NoticeKind::member_state,
                               std::string(watched.name),
                               std::move(message),
                               {{"from", std::string(to_string(before))},
                                {"to", std::string(to_string(view.state))},
                                {"reasons", joined(view.reasons, false)}}});
}

}  // namespace

void classify(MemberMemory& memory, const Watched& watched, std::uint32_t holding, Instant now,
              PowerOut& out) {
  MemberView& view = memory.view;
  const MemberState before = view.state;
  std::vector<Reason> reasons;
  view.state = judge(memory, watched, holding, now, reasons);
  const std::uint32_t bits = bits_of(reasons);
  view.reasons = std::move(reasons);
  view.evidence = !memory.latches.empty() && !memory.maintenance_until;
  view.sight_lost = memory.lost_since.has_value();
  judge_doubt(view, watched.triggers, memory);
  const bool changed = before != view.state;
  if (changed) view.since = now;
  const bool condition = news_of_conditions(memory, watched, out);
  const bool news = changed || condition || (bits & ~memory.reasons_told) != 0;
  if (news && watched.voice == Voice::member) tell(memory, watched, before, out);
  memory.reasons_told = bits;
}

}  // namespace nightwatt::core
