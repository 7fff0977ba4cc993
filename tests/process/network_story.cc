#include "tests/process/network_story.h"

#include <algorithm>

namespace nightwatt::process {
namespace {

std::string text(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string()
             ? found->get<std::string>()
             : std::string();
}

std::uint64_t number(const Json& object, const char* key) {
  return object.is_object() ? object.value(key, std::uint64_t{0}) : 0;
}

// Also when there is no group.
bool protected_now(const Json& status) {
  return std::ranges::all_of(
      status["groups"], [](const Json& group) { return text(group, "verdict") == "protected"; });
}

}  // namespace

void NetworkStory::configure(const std::string& comm_devices,
                             const std::map<std::string, std::string>& paths) {
  std::string names;
  std::string upses;
  for (const auto& [name, lines] : paths) {
    names += (names.empty() ? "" : ", ") + name;
    upses += "  - name: " + name + "\n" + more_of_ups + "    paths:\n" + lines;
  }
  const std::string group = "redundancy_groups:\n  - name: rack\n    ups_sources: [" + names +
                            "]\n    remote_servers:\n"
                            "      - {name: n1, enabled: true, host: 127.0.0.1, user: nobody}\n";
  daemon.write_config("behavior: {dry_run: true}\n" + more + "comm_devices:\n" + comm_devices +
                      "ups:\n" + upses + (paths.size() > 1 ? group : ""));
}

void NetworkStory::begin() {
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(wait_until([&] {
    if (meanwhile) meanwhile();
    const Json status = daemon.status();
    return status.is_object() && protected_now(status) &&
           std::ranges::all_of(status["devices"], [](const Json& ups) {
             return text(ups, "state") == "HEALTHY" && ups["active"]["path"] == 1;
           });
  })) << told();
  events_before_ = daemon.events().size();
}

// What must never be seen: a verdict other than protected, an unseen UPS, another one's charge. A
// UPS is DEGRADED from the first poll that failed until the next reading.
bool NetworkStory::look() {
  if (meanwhile) meanwhile();
  const Json status = daemon.status();
  if (!status.is_object()) {
    wrong_ = "the daemon does not answer\n";
    return false;
  }
  if (!protected_now(status)) wrong_ = "the verdict got worse\n";
  for (const Json& ups : status["devices"]) {
    const std::string name = text(ups, "name");
    const std::string state = text(ups, "state");
    if (state != "HEALTHY" && state != "DEGRADED") wrong_ = name + " is " + state + "\n";
    const auto own = charges.find(name);
    if (own == charges.end() || !ups["reading"].is_object()) continue;
    const double charge = ups["reading"].value("battery.charge", own->second);
    if (charge != own->second) {
      wrong_ = name + " shows a charge of " + std::to_string(charge) + "\n";
    }
  }
  return wrong_.empty();
}

bool NetworkStory::watch(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  return wait_until([&] { return !look() || condition(); }, limit) && wrong_.empty();
}

bool NetworkStory::watch_for(std::chrono::milliseconds how_long) {
  return stays([&] { return look(); }, how_long);
}

bool NetworkStory::answers_in_a_row(const std::string& ups, std::uint64_t times, int rank) {
  std::optional<std::pair<std::uint64_t, std::uint64_t>> begun;  // attempts, failures
  return watch(
      [&] {
        const Json now = path(ups, rank);
        const auto tried = number(now, "attempts"), failed = number(now, "failures");
        if (!begun || begun->second != failed) begun = {tried, failed};
        return tried > begun->first + times;  // the last one may be under way
      },
      40s);
}

void NetworkStory::expect_no_harm() {
  const std::vector<Json> events = daemon.events();
  for (std::size_t i = events_before_; i < events.size(); ++i) {
    const std::string kind = text(events[i], "kind");
    EXPECT_FALSE(kind == "verdict" || kind == "plan_committed" || kind == "countdown")
        << events[i].dump(1);
    if (kind != "member_state") continue;
    const std::string state = text(events[i]["details"], "to");
    EXPECT_TRUE(state == "HEALTHY" || state == "DEGRADED") << events[i].dump(1);
  }
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

int NetworkStory::active_path(const std::string& ups) const {
  const Json found = device(ups);
  return found.is_object() ? found["active"].value("path", 0) : 0;
}

Json NetworkStory::path(const std::string& ups, int rank) const {
  const Json found = device(ups);
  const auto at = static_cast<std::size_t>(rank - 1);
  return found.is_object() && found["paths"].size() > at ? found["paths"][at] : Json();
}

std::uint64_t NetworkStory::failures(const std::string& ups, int rank) const {
  return number(path(ups, rank), "failures");
}
std::uint64_t NetworkStory::attempts(const std::string& ups, int rank) const {
  return number(path(ups, rank), "attempts");
}
std::string NetworkStory::last_error(const std::string& ups, int rank) const {
  return text(path(ups, rank), "last_error");
}

std::size_t NetworkStory::moves(const std::string& ups) const {
  const std::vector<Json> events = daemon.events("path_changed");
  return static_cast<std::size_t>(std::ranges::count_if(
      events, [&](const Json& event) { return text(event, "subject") == ups; }));
}

}  // namespace nightwatt::process
