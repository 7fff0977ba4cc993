// The items of `expect:` of a scenario file.
#include <fmt/format.h>

#include <array>

#include "app/simulate_items.h"

namespace nightwatt::app {
namespace {

using config::Section;
using sim::Expectation;
using When = sim::Expectation::When;

// Reads one word of an enum that has to_string(); `last` is its last enumerator.
template <class E>
bool read_word(Section& section, const char* key, E last, std::string& into) {
  std::string word;
  if (!section.text(key, word)) return false;
  std::vector<std::string_view> known;
  for (int i = 0; i <= static_cast<int>(last); ++i) known.push_back(to_string(static_cast<E>(i)));
  for (const std::string_view each : known) {
    if (each != word) continue;
    into = word;
    return true;
  }
  section.out().error(section.pos_of(key),
                      fmt::format("{} cannot be '{}'", section.path(key), word),
                      config::meant(word, known));
  return false;
}

bool read_notice_kind(Section& section, const char* key, NoticeKind& into) {
  std::string word;
  if (!read_word(section, key, NoticeKind::daemon, word)) return false;
  for (int i = 0; i <= static_cast<int>(NoticeKind::daemon); ++i) {
    if (to_string(static_cast<NoticeKind>(i)) == word) into = static_cast<NoticeKind>(i);
  }
  return true;
}

void read_subject(Section& section, const core::Site& site, Expectation& into) {
  if (const auto group = named_group(section, "group", site)) {
    into.subject = site.groups[group->value].name;
  } else if (const auto device = named_device(section, "ups", site)) {
    into.subject = site.devices[device->value].name;
  }
  into.what = std::string(to_string(into.kind));
  if (!into.subject.empty()) into.what += " of " + into.subject;
}

bool read_when(Section& section, const sim::Scenario& scenario, Expectation& into) {
  Duration at{0};
  const bool exact = section.duration("at", at);
  const bool until = section.duration("by", at);
  if (exact == until) {
    if (exact || !(section.has("at") || section.has("by"))) {
      section.out().error(section.pos(), section.label() + " needs either at or by",
                          "at: 90s is that instant, by: 90s is any instant until then");
    }
    return false;
  }
  into.when = exact ? When::at : When::by;
  into.at = Instant{} + at;
  if (into.at > scenario.until) {
    section.out().error(section.pos_of(exact ? "at" : "by"),
                        "that is after the end of the simulation", "make until: longer");
    return false;
  }
  return true;
}

bool read_state(Section& section, const core::Site& site, Expectation& into) {
  if (section.has("step")) {
    const auto step = named_step(section, site);
    const bool known = read_word(section, "state", StepState::skipped, into.wanted);
    if (!step || !known) return known;
    into.what = "step " + step->second;
    into.actual = [where = *step](const core::Engine& engine, Instant now) {
      return sim::step_text(engine, where.first, where.second, now);
    };
    return true;
  }
  if (section.has("ups")) {
    const auto device = named_device(section, "ups", site);
    const bool is_path = section.has("path");
    int path = 0;
    const bool known = is_path ? section.whole("path", path, 1, paths_max)
                               : read_word(section, "state", MemberState::maintenance, into.wanted);
    if (!device) return known;
    into.what = (is_path ? "path of " : "state of ") + site.devices[device->value].name;
    if (is_path) into.wanted = std::to_string(path);
    into.actual = [device = *device, is_path](const core::Engine& engine, Instant) {
      return is_path ? sim::path_text(engine, device) : sim::member_text(engine, device);
    };
    return known || section.has("state");
  }
  const auto group = named_group(section, "group", site);
  const bool is_run = section.has("run");
  const bool known = is_run ? read_word(section, "run", RunState::done, into.wanted)
                            : read_word(section, "verdict", Verdict::quorum_lost, into.wanted);
  if (!group) return section.has("group");
  into.what = (is_run ? "run of " : "verdict of ") + site.groups[group->value].name;
  into.actual = [group = *group, is_run](const core::Engine& engine, Instant now) {
    return is_run ? sim::run_text(engine, group, now) : sim::verdict_text(engine, group, now);
  };
  return known || section.has("verdict") || is_run;
}

}  // namespace

void read_expectation(Section& section, const core::Site& site, sim::Scenario& scenario) {
  Expectation into;
  into.line = section.pos().line;
  if (section.has("never")) {
    into.when = When::never;
    if (read_notice_kind(section, "never", into.kind)) read_subject(section, site, into);
  } else if (section.has("event")) {
    into.when = When::times;
    int times = 0;
    if (!section.whole("times", times, 0, 1'000'000) && !section.has("times")) {
      section.out().error(section.pos(), section.label() + ": times is missing", "times: 1");
    }
    into.times = static_cast<std::uint32_t>(times);
    if (read_notice_kind(section, "event", into.kind)) read_subject(section, site, into);
  } else {
    const bool timed = read_when(section, scenario, into);
    if (!read_state(section, site, into)) {
      section.out().error(
          section.pos(), section.label() + " does not say what is expected",
          "it needs one of: group with verdict or run; ups with state or path; step "
          "with state; never; event with times");
    }
    if (!timed || !into.actual) return;
  }
  scenario.expectations.push_back(std::move(into));
}

}  // namespace nightwatt::app
