// What the engine does with each event: which station is told.
#include <algorithm>
#include <span>
#include <string>
#include <variant>

#include "core/engine.h"

namespace nightwatt::core {

namespace {

// Who asked for it; null: nobody did, or nobody knows.
const std::string* asker_of(const Event& event) {
  return std::visit(
      [](const auto& it) -> const std::string* {
        if constexpr (requires { it.who; }) {
          return it.who.empty() ? nullptr : &it.who;
        } else {
          return nullptr;
        }
      },
      event);
}

// What a request brought about says whose request it was, unless it names somebody already.
void sign(std::span<Effect> effects, const std::string& who) {
  for (Effect& effect : effects) {
    auto* notice = std::get_if<Notice>(&effect);
    if (notice == nullptr) continue;
    const bool named = std::ranges::any_of(
        notice->details, [](const auto& detail) { return detail.first == "who"; });
    if (named) continue;
    notice->details.emplace_back("who", who);
    const bool stop = notice->message.ends_with('.');
    if (stop) notice->message.pop_back();
    notice->message += "; asked for by " + who + (stop ? "." : "");
  }
}

}  // namespace

void Engine::take(const Event& event, Instant now, Effects& effects) {
  const std::string* who = asker_of(event);
  if (who != nullptr) move_comm_effects(now, effects);  // of the events before it
  const std::size_t before = effects.size();
  std::visit([&](const auto& it) { on(it, now, effects); }, event);
  if (who != nullptr) sign(std::span(effects).subspan(before), *who);
}

// --- from devices -------------------------------------------------------------------------------

void Engine::on(const MessageReplied& event, Instant now, Effects& /*effects*/) {
  comm_.replied(event.transaction, event.reading, now, comm_out_);
}

void Engine::on(const MessageRefused& event, Instant now, Effects& /*effects*/) {
  comm_.refused(event.transaction, event.text, now, comm_out_);
}

void Engine::on(const MessageFailed& event, Instant now, Effects& /*effects*/) {
  comm_.failed(event.transaction, event.failure, event.text, now, comm_out_, event.not_sent);
}

void Engine::on(const CommStateReported& event, Instant now, Effects& /*effects*/) {
  comm_.comm_reported(event.comm, event.state, now, comm_out_);
}

void Engine::on(const DeviceSpoke& event, Instant now, Effects& /*effects*/) {
  if (event.comm.value < site_->comms.size()) comm_.device_spoke(event.comm, now);
}

// --- from machines, the disk, the flag file -----------------------------------------------------

// Null: the run is over and forgotten, and the event is late.
GroupShutdown* Engine::woken(RunId run, Instant now) {
  const auto group = group_of_run(run);
  if (!group) return nullptr;
  return &woken(*group, now);
}

GroupShutdown& Engine::woken(GroupId group, Instant now) {
  group_wakes_.want(group.value, now);
  return groups_.at(group.value).shutdown;
}

void Engine::on(const StepEnded& event, Instant now, Effects& effects) {
  if (auto* group = woken(event.run, now)) group->step_ended(event, now, effects);
}

void Engine::on(const DownConfirmed& event, Instant now, Effects& effects) {
  if (auto* group = woken(event.run, now)) group->down_confirmed(event, now, effects);
}

void Engine::on(const CommitWritten& event, Instant now, Effects& effects) {
  if (auto* group = woken(event.run, now)) group->commit_written(event, now, effects);
}

void Engine::on(const ReturnConfirmed& event, Instant now, Effects& effects) {
  if (event.group.value >= groups_.size()) return;  // asked for before a reload
  woken(event.group, now).return_confirmed(event, now, effects);
}

void Engine::on(const FlagAnswered& event, Instant now, Effects& effects) {
  if (event.group.value >= groups_.size()) return;  // asked for before a reload
  woken(event.group, now).flag_answered(event, now, effects);
}

// --- from people --------------------------------------------------------------------------------

void Engine::on(const PathSelected& event, Instant now, Effects& effects) {
  answer_path(event, now, effects);
}

void Engine::on(const AbortRequested& event, Instant now, Effects& effects) {
  GroupShutdown& group = woken(event.group, now);
  answer(event.request, group.abort(event.hold_for, now, effects), group.name(), effects);
}

void Engine::on(const HoldRequested& event, Instant now, Effects& effects) {
  GroupShutdown& group = woken(event.group, now);
  answer(event.request, group.hold(event.hold_for, now, effects), group.name(), effects);
}

void Engine::on(const ReleaseRequested& event, Instant now, Effects& effects) {
  GroupShutdown& group = woken(event.group, now);
  answer(event.request, group.release(now, effects), group.name(), effects);
}

void Engine::on(const MaintenanceRequested& event, Instant now, Effects& effects) {
  answer_maintenance(event, now, effects);
}

void Engine::on(const FreezeRequested& event, Instant now, Effects& effects) {
  const auto reply = comm_.freeze(event.device, event.for_how_long, now, comm_out_);
  move_comm_effects(now, effects);
  answer(event.request, reply, site_->devices[event.device.value].name, effects);
}

void Engine::on(const CommRequested& event, Instant now, Effects& effects) {
  answer_comm(event, now, effects);
}

void Engine::on(const StopRequested& /*event*/, Instant now, Effects& effects) {
  end_unwritten("the daemon stops", now, effects);
  comm_.end_orders("the daemon stops", now, comm_out_);
  move_comm_effects(now, effects);
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    woken(GroupId{i}, now).stop(now, effects);
    follow_run(i, now);
  }
}

}  // namespace nightwatt::core
