// simulate: a user's own configuration against a timeline, in virtual time.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/configuration.h"
#include "app/simulate_scenario.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t scenario_bytes_max = 4u * 1024 * 1024;

// "+00:01:30.000"
std::string stamp(Instant at) {
  const auto ms = at.time_since_epoch().count();
  return fmt::format("+{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1'000 % 60,
                     ms % 1'000);
}

// The subject has a column of its own; most lines begin with it as well.
std::string without_subject(const Notice& notice) {
  const std::string head = notice.subject + ": ";
  return !notice.subject.empty() && notice.message.starts_with(head)
             ? notice.message.substr(head.size())
             : notice.message;
}

void print_notice(Instant at, const Notice& notice) {
  if (notice.severity == Severity::debug) return;
  fmt::print("{}  {}  {}\n", stamp(at), notice.subject.empty() ? "nightwatt" : notice.subject,
             without_subject(notice));
}

void print_json(const Json& line) {
  fmt::print("{}\n", line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void print_notice_json(Instant at, const Notice& notice) {
  Json line{{"at_ms", at.time_since_epoch().count()},
            {"kind", to_string(notice.kind)},
            {"severity", to_string(notice.severity)},
            {"subject", notice.subject},
            {"message", notice.message}};
  for (const auto& [key, value] : notice.details) line["details"][key] = value;
  print_json(line);
}

sim::Listener listener_for(bool json) {
  sim::Listener out;
  if (json) {
    out.told = print_notice_json;
    out.happened = [](Instant at, const sim::Happening& it) {
      print_json(
          {{"at_ms", at.time_since_epoch().count()}, {"kind", "scenario"}, {"message", it.text}});
    };
  } else {
    out.told = print_notice;
    out.happened = [](Instant at, const sim::Happening& it) {
      fmt::print("{}  > {}\n", stamp(at), it.text);
    };
  }
  return out;
}

std::string group_line(const core::Engine& engine, GroupId group, Instant end) {
  const core::GroupView view = engine.group(group, end);
  std::string out =
      fmt::format("{} since {}: {} healthy, {} needed; {}", to_string(view.verdict),
                  stamp(view.since), view.count.healthy,
                  engine.site().groups[group.value].quorum.min_healthy, to_string(view.run.state));
  const auto& last = view.run.last_run;
  const bool shown = view.run.run.has_value() || last;
  if (!shown) return out;
  const auto& steps = view.run.run ? view.run.steps : last->steps;
  std::size_t ok = 0;
  for (const StepRecord& step : steps) ok += step.state == StepState::ok ? 1 : 0;
  return out +
         fmt::format(", plan: {} of {} step{} ok", ok, steps.size(), steps.size() == 1 ? "" : "s");
}

void print_summary(const sim::Outcome& outcome) {
  fmt::print("\nAt {}:\n", stamp(outcome.end));
  if (!outcome.engine) {
    fmt::print("  the daemon is down\n");
  } else {
    const core::Engine& engine = *outcome.engine;
    for (std::uint32_t i = 0; i < engine.site().devices.size(); ++i) {
      fmt::print("  {}  {}, path {}\n", engine.site().devices[i].name,
                 sim::member_text(engine, DeviceId{i}), sim::path_text(engine, DeviceId{i}));
    }
    for (std::uint32_t i = 0; i < engine.site().groups.size(); ++i) {
      fmt::print("  {}  {}\n", engine.site().groups[i].name,
                 group_line(engine, GroupId{i}, outcome.end));
    }
  }
  for (const std::string& text : outcome.failed) fmt::print("expectation failed: {}\n", text);
  if (outcome.expectations > 0) {
    fmt::print("{} of {} expectation{} met\n", outcome.expectations - outcome.failed.size(),
               outcome.expectations, outcome.expectations == 1 ? "" : "s");
  }
}

void print_summary_json(const sim::Outcome& outcome) {
  Json line{{"at_ms", outcome.end.time_since_epoch().count()}, {"kind", "summary"}};
  if (outcome.engine) {
    const core::Engine& engine = *outcome.engine;
    for (std::uint32_t i = 0; i < engine.site().devices.size(); ++i) {
      line["ups"][engine.site().devices[i].name] = {
          {"state", sim::member_text(engine, DeviceId{i})},
          {"path", engine.comm().active(DeviceId{i}).value}};
    }
    for (std::uint32_t i = 0; i < engine.site().groups.size(); ++i) {
      line["groups"][engine.site().groups[i].name] = {
          {"verdict", sim::verdict_text(engine, GroupId{i}, outcome.end)},
          {"run", sim::run_text(engine, GroupId{i}, outcome.end)}};
    }
  }
  line["expectations"] = outcome.expectations;
  line["failed"] = outcome.failed;
  print_json(line);
}

}  // namespace

int simulate(const SimulateOptions& options) {
  auto config = config_or_complain(options.config, true);
  if (!config) return exit_usage;
  const auto text = read_file(options.scenario, scenario_bytes_max);
  if (!text) {
    fmt::print(stderr, "error: scenario {}\n", text.error().what);
    return exit_usage;
  }
  config::Diagnostics found;
  const auto scenario = read_scenario(*text, config->site, found);
  found.sort();
  fmt::print(stderr, "{}", config::render(found, options.scenario, *text));
  if (!scenario) return exit_usage;
  const sim::Outcome outcome = sim::play(config->site, *scenario, listener_for(options.json));
  if (options.json) {
    print_summary_json(outcome);
  } else {
    print_summary(outcome);
  }
  return outcome.failed.empty() ? exit_ok : exit_failed;
}

}  // namespace nightwatt::app
