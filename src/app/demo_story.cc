#include "app/demo_story.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "app/demo_facts.h"

namespace nightwatt::app {
namespace {

using namespace std::chrono_literals;
using rack::Feed;
using rack::Line;
using rack::Rack;

// Deadlines are generous: they find what never happens, not what is slow on a busy machine.
constexpr Duration soon{5'000};
constexpr Duration failover_within{3'000};
constexpr Duration drained_within{45'000};

Expectation of_device(std::string what, Duration within, std::string name,
                      std::function<bool(const Picture&)> met) {
  return {.what = std::move(what),
          .within = within,
          .met = std::move(met),
          .seen = [name = std::move(name)](const Picture& now) { return device_text(now, name); }};
}

Expectation of_group(std::string what, Duration within, std::function<bool(const Picture&)> met) {
  return {.what = std::move(what), .within = within, .met = std::move(met), .seen = group_text};
}

void nothing_shut_down(Stage& stage) {
  const Picture& now = stage.picture();
  const auto plans = events_of(now, "plan_committed");
  stage.check("no plan was committed", plans.empty() && run_state(now) == "armed",
              group_text(now) + (plans.empty() ? "" : ": " + messages(plans)));
}

bool all_well(const Picture& now) {
  return state_of(now, "UPS-A") == "HEALTHY" && state_of(now, "UPS-B") == "HEALTHY" &&
         path_of(now, "UPS-A") == 1 && path_of(now, "UPS-B") == 1 && verdict(now) == "protected" &&
         run_state(now) == "armed";
}

std::string all_text(const Picture& now) {
  return device_text(now, "UPS-A") + "; " + device_text(now, "UPS-B") + "; " + group_text(now);
}

void all_is_well(Stage& stage) {
  stage.begin_act(
      1, "all is well",
      "Two UPSes feed one server, and each is reachable in three ways: a NUT server, and its "
      "management card over SNMP and over Modbus. "
      "Only this rack is simulated: the daemon is the real one, in a process of its "
      "own, and polls it over the real protocols.");
  if (!stage.wait_for_daemon()) return;
  stage.expect({.what = "both UPSes HEALTHY over their primary path, server-1 protected",
                .within = soon * 2,
                .met = all_well,
                .seen = all_text});
  stage.linger(5s);
}

void still_seen(Stage& stage) {
  stage.expect(of_device("UPS-A is HEALTHY: it is still seen", failover_within, "UPS-A",
                         [](const Picture& now) { return state_of(now, "UPS-A") == "HEALTHY"; }));
}

void a_wire_breaks(Stage& stage) {
  stage.begin_act(2, "wires break",
                  "nut-a1 is the daemon's usual way to UPS-A. It dies; the power does not. A "
                  "broken wire is not a broken feed, so nothing may be shut down.");
  stage.linger(4s);
  stage.happens("nut-a1 is dead: connections to it are refused",
                [](Rack& rack) { rack.set_line(Feed::a, Line::first, false); });
  stage.expect(of_device("UPS-A is polled over snmp-a2 instead, which is SNMP", failover_within,
                         "UPS-A", [](const Picture& now) { return path_of(now, "UPS-A") == 2; }));
  still_seen(stage);
  stage.linger(4s);
  stage.happens("snmp-a2 does not answer any more",
                [](Rack& rack) { rack.agent(Feed::a).set_fault(rack::AgentFault::mute); });
  stage.expect(of_device("UPS-A is polled over modbus-a3 instead, which is Modbus", soon, "UPS-A",
                         [](const Picture& now) { return path_of(now, "UPS-A") == 3; }));
  still_seen(stage);
  stage.linger(4s);
  stage.happens("nut-a1 and snmp-a2 are repaired", [](Rack& rack) {
    rack.set_line(Feed::a, Line::first, true);
    rack.agent(Feed::a).set_fault(rack::AgentFault::none);
  });
  stage.expect(of_device("back on nut-a1, once probes in the background went well", soon * 4,
                         "UPS-A", [](const Picture& now) { return path_of(now, "UPS-A") == 1; }));
  const Picture& now = stage.picture();
  const auto verdicts = events_of(now, "verdict");
  stage.check("server-1 was protected all the time", verdicts.empty(), messages(verdicts));
  nothing_shut_down(stage);
  stage.linger(4s);
}

void drain_until_critical(Stage& stage, const std::string& name) {
  stage.linger(2s);
  stage.say(fmt::format("Now the rack's time runs {:g} times faster, until the battery is low.",
                        stage.pace().drain_speed));
  stage.set_speed(stage.pace().drain_speed);
  stage.expect(of_device(name + " is CRITICAL, because the UPS says low battery (OB LB)",
                         drained_within, name, [&name](const Picture& now) {
                           return state_of(now, name) == "CRITICAL" &&
                                  has_reason(now, name, "ups_low_battery");
                         }));
  stage.set_speed(1);
}

void feed_a_fails(Stage& stage) {
  stage.begin_act(3, "feed A fails",
                  "UPS-A runs on its battery and still feeds the server. When the battery is low "
                  "that UPS alone would shut the server down; in a group it is advice, because "
                  "UPS-B holds.");
  stage.linger(4s);
  stage.happens("no power on feed A", [](Rack& rack) { rack.set_feed(Feed::a, false); });
  stage.expect(of_device("UPS-A is DEGRADED: on battery", failover_within, "UPS-A",
                         [](const Picture& now) { return state_of(now, "UPS-A") == "DEGRADED"; }));
  stage.check("server-1 is protected still: a UPS on battery feeds",
              verdict(stage.picture()) == "protected", group_text(stage.picture()));
  drain_until_critical(stage, "UPS-A");
  stage.expect(of_group("redundancy_lost: the next failure shuts down", soon,
                        [](const Picture& now) { return verdict(now) == "redundancy_lost"; }));
  const auto advice = events_of(stage.picture(), "advisory", "UPS-A");
  stage.check("the trigger of UPS-A is advisory", !advice.empty(), messages(advice));
  nothing_shut_down(stage);
  stage.linger(5s);
}

void plan_runs(Stage& stage) {
  stage.expect(of_group("quorum_lost: neither UPS holds", soon,
                        [](const Picture& now) { return verdict(now) == "quorum_lost"; }));
  stage.check("a countdown comes first", !events_of(stage.picture(), "countdown").empty(),
              group_text(stage.picture()));
  stage.expect(of_group("the plan ran to its end", stage.pace().confirm_for + soon * 2,
                        [](const Picture& now) { return run_state(now) == "done"; }));
  const std::string wrong = wrong_with_steps(stage.picture());
  stage.check("web and database first, then storage, this machine last; all dry run", wrong.empty(),
              wrong);
  const auto plans = events_of(stage.picture(), "plan_committed");
  stage.check("exactly one plan was committed", plans.size() == 1, messages(plans));
}

void feed_b_fails(Stage& stage) {
  stage.begin_act(4, "feed B fails, too",
                  "And the switch of nut-b1 hangs on feed B without a UPS, so the daemon loses a "
                  "wire in the same moment. Now power really goes: when the battery of UPS-B is "
                  "low no feed holds, and the plan runs (here a dry run: no machine is touched).");
  stage.linger(5s);
  stage.happens("no power on feed B; nut-b1 is dead", [](Rack& rack) {
    rack.set_feed(Feed::b, false);
    rack.set_line(Feed::b, Line::first, false);
  });
  stage.expect(
      of_device("UPS-B is DEGRADED, seen over snmp-b2", soon, "UPS-B", [](const Picture& now) {
        return state_of(now, "UPS-B") == "DEGRADED" && path_of(now, "UPS-B") == 2;
      }));
  drain_until_critical(stage, "UPS-B");
  plan_runs(stage);
  stage.linger(5s);
}

void power_returns(Stage& stage) {
  stage.begin_act(5, "power returns",
                  "Both feeds are back. The group arms itself for the next event, and the daemon "
                  "goes back to its primary paths.");
  stage.linger(3s);
  stage.set_speed(stage.pace().drain_speed);
  stage.happens("power on both feeds; nut-b1 is up again", [](Rack& rack) {
    rack.set_line(Feed::b, Line::first, true);
    rack.set_feed(Feed::a, true);
    rack.set_feed(Feed::b, true);
  });
  stage.expect(of_group("quorum restored, the plan armed again", soon, [](const Picture& now) {
    return !events_of(now, "re_armed").empty() && run_state(now) == "armed";
  }));
  stage.expect({.what = "all is well again, both UPSes polled over their primary path",
                .within = soon * 6,
                .met = all_well,
                .seen = all_text});
  nothing_shut_down(stage);
  stage.set_speed(1);
  stage.linger(3s);
}

}  // namespace

void play_story(Stage& stage) {
  for (const auto act : {all_is_well, a_wire_breaks, feed_a_fails, feed_b_fails, power_returns}) {
    act(stage);
    stage.end_act();
    if (stage.over() || stage.failures() > 0) return;
  }
}

}  // namespace nightwatt::app
