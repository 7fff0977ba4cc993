// Comm devices taken out of use by people and back, and what is known of comm devices and paths
// from before a restart.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "core/comm/words.h"
#include "core/engine.h"

namespace nightwatt::core {

namespace {

bool is_out_by_hand(CommState state) {
  return state == CommState::disabled || state == CommState::out_of_service;
}

Notice stays_out(const HandRecord& record) {
  return {
      .severity = Severity::warning,
      .kind = NoticeKind::comm_state,
      .subject = record.comm,
      .message = fmt::format("Comm device {} stays {}: {} took it out of use {} ago.", record.comm,
                             state_word(record.state), record.who.empty() ? "somebody" : record.who,
                             duration_words(record.ago)),
      .details = {{"state", std::string(to_string(record.state))}, {"who", record.who}}};
}

}  // namespace

// Why devices stay on a comm device that cannot be used: "; 1 device stays without a path: UPS-7;
// 1 device stays because of dry run: UPS-9". The first separator is `lead`.
std::string Engine::stay_words(CommId comm, Instant now, std::string_view lead) const {
  constexpr std::size_t names_max = 5;
  static constexpr std::string_view whys[] = {"without a path", "because of a freeze",
                                              "because of dry run", "because only people move it"};
  std::vector<DeviceId> staying[std::size(whys)];
  for (const DeviceId device : comm_.polled_over(comm)) {
    const DeviceView view = comm_.view(device, now);
    const bool elsewhere = std::ranges::any_of(view.paths, &PathView::usable);
    const std::size_t why = !elsewhere          ? 0u
                            : view.frozen_until ? 1u
                            : !view.automatic   ? 3u
                            : view.dry_run      ? 2u
                                                : 0u;
    staying[why].push_back(device);
  }
  std::string text;
  for (std::size_t why = 0; why < std::size(whys); ++why) {
    const std::vector<DeviceId>& here = staying[why];
    if (here.empty()) continue;
    text += fmt::format("{} {} {}:", text.empty() ? lead : ";",
                        here.size() == 1 ? std::string("1 device stays")
                                         : fmt::format("{} devices stay", here.size()),
                        whys[why]);
    for (std::size_t i = 0; i < std::min(here.size(), names_max); ++i) {
      text += (i == 0 ? " " : ", ") + site_->devices[here[i].value].name;
    }
    if (here.size() > names_max) text += ", ...";
  }
  return text;
}

// "nut-a1 is disabled: 3 devices move to nut-a2; 1 device stays without a path: UPS-7".
std::string Engine::comm_words(CommId comm, std::span<const Move> moves, Instant now) const {
  const CommState state = comm_.state(comm);
  std::string text = fmt::format("{} is {}", site_->comms[comm.value].name, state_word(state));
  std::map<std::string, std::size_t> moved;
  for (const Move& move : moves) {
    if (move.refused) continue;
    const auto& paths = site_->devices[move.device.value].paths;
    ++moved[site_->comms[paths[move.to.value - 1u].comm.value].name];
  }
  for (const auto& [name, count] : moved) {
    text += fmt::format("{} {} {} to {}", &name == &moved.begin()->first ? ":" : ",", count,
                        count == 1 ? "device moves" : "devices move", name);
  }
  const std::vector<DeviceId> here = comm_.polled_over(comm);
  if (state == CommState::ok) {
    return text + fmt::format("; {} polled over it now",
                              here.size() == 1 ? std::string("1 device is")
                                               : fmt::format("{} devices are", here.size()));
  }
  if (here.empty()) return text + (moved.empty() ? ": no device was polled over it" : "");
  return text + stay_words(comm, now, moved.empty() ? ":" : ";");
}

void Engine::answer_comm(const CommRequested& event, Instant now, Effects& effects) {
  const std::string& name = site_->comms.at(event.comm.value).name;
  if (event.state != CommState::ok && !is_out_by_hand(event.state)) {
    answer(event.request,
           unexpected<std::string>(name + ": a person enables, disables, or takes out of service"),
           name, effects);
    return;
  }
  if (comm_.state(event.comm) == event.state &&
      comm_.out_by_hand(event.comm) == (event.state != CommState::ok)) {
    answer(event.request, fmt::format("{} is {} already", name, state_word(event.state)), name,
           effects);
    return;
  }
  const std::size_t before = comm_out_.moves.size();
  comm_.set_comm(event.comm, event.state, now, comm_out_);
  const std::string text = comm_words(event.comm, std::span(comm_out_.moves).subspan(before), now);
  move_comm_effects(now, effects);
  effects.push_back(RecordCommState{{name, event.state, event.who, Duration{}}});
  if (event.state == CommState::ok) {
    taken_out_.erase(name);
  } else {
    taken_out_[name] = TakenOut{now, event.who};
  }
  answer(event.request, text, name, effects);
}

// A device that is not on its primary says so: nobody would look for the reason before the start.
bool Engine::recall_comm(const CommMemory& memory, Instant now, Effects& effects) {
  const auto device = device_named(memory.device);
  if (!device || !comm_.recall(*device, memory, now)) return false;
  const PathRank active = comm_.active(*device);
  if (active == primary || !comm_.automatic(*device)) return true;
  const DeviceView view = comm_.view(*device, now);
  std::string message = memory.device + " goes on where it was, " + view.why_here;
  if (view.moved_at) message += fmt::format(" ({} ago)", duration_words(now - *view.moved_at));
  Notice notice{.severity = Severity::info,
                .kind = NoticeKind::daemon,
                .subject = memory.device,
                .message = message + ".",
                .details = {{"path", std::to_string(active.value)}, {"comm", view.active_comm}}};
  if (view.move_cause) {
    notice.details.emplace_back("cause", std::string(to_string(*view.move_cause)));
  }
  effects.push_back(std::move(notice));
  return true;
}

std::vector<std::string> Engine::restore_comm_states(std::span<const HandRecord> records,
                                                     Instant now, Effects& effects) {
  std::vector<std::string> unknown;
  std::vector<std::pair<CommId, CommState>> states;
  for (const HandRecord& record : records) {
    const auto comm = comm_named(record.comm);
    if (!comm || !is_out_by_hand(record.state)) {
      unknown.push_back(record.comm);
      continue;
    }
    states.emplace_back(*comm, record.state);
    taken_out_[record.comm] = TakenOut{now - record.ago, record.who};
    effects.push_back(stays_out(record));
  }
  CommOut out;
  comm_.set_comms(states, now, out);
  std::erase_if(out.effects, [](const Effect& effect) {  // told above, with who and when
    const auto* notice = std::get_if<Notice>(&effect);
    return notice != nullptr && notice->kind == NoticeKind::comm_state;
  });
  std::ranges::move(out.effects, std::back_inserter(comm_out_.effects));
  std::ranges::move(out.orders, std::back_inserter(comm_out_.orders));
  move_comm_effects(now, effects);
  return unknown;
}

// After a reload: of comm devices that are gone, or whose state the new configuration decides.
void Engine::forget_taken_out(Effects& effects) {
  std::erase_if(taken_out_, [&](const auto& each) {
    const auto comm = comm_named(each.first);
    if (comm && comm_.out_by_hand(*comm)) return false;
    effects.push_back(RecordCommState{{each.first, CommState::ok, "", Duration{}}});
    return true;
  });
}

std::optional<HandRecord> Engine::taken_out(CommId comm, Instant now) const {
  const std::string& name = site_->comms.at(comm.value).name;
  const auto found = taken_out_.find(name);
  if (found == taken_out_.end()) return std::nullopt;
  return HandRecord{name, comm_.state(comm), found->second.who, now - found->second.at};
}

}  // namespace nightwatt::core
