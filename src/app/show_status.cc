#include "app/show_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "app/json_text.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

void add_device(std::string& out, const Json& device, const Painter& paint) {
  const std::string state = text_of(device["state"]);
  const int rank = device["active"].value("path", 0);
  const std::string age =
      device["reading_age_s"].is_number()
          ? "read " + human_seconds(device["reading_age_s"].get<double>()) + " ago"
          : "never read";
  add_line(out, "  ",
           fmt::format("{} {}  {}", paint(Colour::bold, padded(text_of(device["name"]), 24)),
                       paint(colour_of_state(state), padded(state, 11)),
                       paint(rank == 1 ? Colour::plain : Colour::yellow,
                             fmt::format("{} via {}, {}", path_word(rank),
                                         text_of(device["active"]["comm"]), age))));
  for (const Json& reason : device["reasons"]) add_line(out, "      ", text_of(reason));
  const Json& reading = device["reading"];
  if (reading.is_object()) {
    std::vector<std::string> values{text_of(reading["ups.status"])};
    const auto add = [&](const char* name, const char* word, const char* unit) {
      if (reading.contains(name)) {
        values.push_back(fmt::format("{} {:g} {}", word, reading[name].get<double>(), unit));
      }
    };
    add("battery.charge", "charge", "%");
    add("battery.runtime", "runtime", "s");
    add("ups.load", "load", "%");
    add("input.voltage", "input", "V");
    add_line(out, "      ", paint(Colour::grey, fmt::format("{}", fmt::join(values, ", "))));
  }
  if (rank != 1 || held_in_place(device)) {
    add_line(out, "      ", "why: " + text_of(device["why"]));
    add_line(out, "      ", "next: " + text_of(device["next"]));
  }
  for (const Json& path : device["paths"]) {
    const std::string condition = text_of(path["condition"]);
    if (condition == "active" || condition == "standby") continue;
    const char* const why = path.contains("why_unusable") ? "why_unusable" : "last_error";
    add_line(out, "      ",
             fmt::format("{} via {}: {}{}", path_word(path.value("path", 0)), text_of(path["comm"]),
                         paint(Colour::red, condition),
                         path[why].is_string() ? ", " + text_of(path[why]) : ""));
  }
}

void add_steps(std::string& out, const Json& steps, const Painter& paint) {
  for (const Json& step : steps) {
    const std::string state = text_of(step["state"]);
    std::string row =
        fmt::format("      {} {}{}", paint(colour_of_state(state), padded(state, 10)),
                    text_of(step["name"]), step.value("dry_run", false) ? " (dry run)" : "");
    if (step["started_at"].is_string()) {
      row += fmt::format("  {}", clock_time(step["started_at"]));
      if (step["ended_at"].is_string()) row += " to " + clock_time(step["ended_at"]);
    }
    out += row + "\n";
    if (step["error"].is_string()) add_line(out, "          ", text_of(step["error"]));
  }
}

std::string counted_steps(const Json& steps) {
  return fmt::format("{} step{}", steps.size(), steps.size() == 1 ? "" : "s");
}

void add_run(std::string& out, const Json& group, const Painter& paint) {
  const Json& run = group["run"];
  const std::string state = text_of(run["state"]);
  std::string extra;
  if (run["countdown_ends_at"].is_string()) {
    extra =
        ", shuts down at " + clock_time(run["countdown_ends_at"]) + "; stop it: nightwatt abort";
  }
  if (run["held_until"].is_string()) extra = ", until " + clock_time(run["held_until"]);
  if (run.contains("suppressed_by")) extra = ", by flag " + text_of(run["suppressed_by"]);
  if (run["committed_at"].is_string()) extra = ", committed at " + clock_time(run["committed_at"]);
  add_line(
      out, "      ",
      fmt::format("plan: {}{} ({}, {} at most)", paint(colour_of_state(state), state), extra,
                  counted_steps(run["steps"]), human_seconds(run.value("needed_time_s", 0.0))));
  if (state != "armed") add_steps(out, run["steps"], paint);
  for (const Json& id : run["return_list"]) {
    add_line(out, "      ", "waiting for " + text_of(id) + " to be up again");
  }
  const Json& last = group["last_run"];
  if (state == "armed" && last.is_object()) {
    add_line(out, "      ", "last run, at " + clock_time(last["committed_at"]) + ":");
    add_steps(out, last["steps"], paint);
  }
}

void add_group(std::string& out, const Json& group, const Painter& paint) {
  const std::string verdict = text_of(group["verdict"]);
  add_line(out, "  ",
           fmt::format("{} {}  {} of {} healthy, {} needed{}",
                       paint(Colour::bold, padded(text_of(group["name"]), 24)),
                       paint(colour_of_state(verdict), padded(verdict, 15)),
                       group.value("healthy_count", 0), group["members"].size(),
                       group.value("min_healthy", 0),
                       group.value("deferred", false) ? " (reading all members first)" : ""));
  for (const Json& member : group["members"]) {
    const std::string state = text_of(member["state"]);
    std::string row = fmt::format("{}: {}", text_of(member["name"]), state);
    for (const Json& reason : member["reasons"]) row += "; " + text_of(reason);
    add_line(out, "      ", row);
  }
  add_line(out, "      ", "next: " + text_of(group["next_failure"]));
  if (group.contains("sizing") && !group["sizing"]["text"].get<std::string>().empty()) {
    add_line(out, "      ", "sizing: " + text_of(group["sizing"]["text"]));
  }
  add_run(out, group, paint);
}

}  // namespace

bool held_in_place(const Json& device) {
  return !device.value("automatic", true) || device.value("failover_dry_run", false) ||
         (device.contains("frozen_until") && device["frozen_until"].is_string());
}

Colour colour_of_state(std::string_view state) {
  static constexpr std::string_view good[] = {"HEALTHY", "protected", "ok", "armed"};
  static constexpr std::string_view bad[] = {"CRITICAL",  "quorum_lost", "failed",
                                             "timed_out", "committed",   "running",
                                             "alarm",     "error",       "suppressed"};
  static constexpr std::string_view doubtful[] = {
      "DEGRADED", "redundancy_lost", "blind", "UNKNOWN", "countdown", "held", "warning", "skipped"};
  const auto in = [state](const auto& list) {
    return std::ranges::find(list, state) != std::end(list);
  };
  if (in(good)) return Colour::green;
  if (in(bad)) return Colour::red;
  if (in(doubtful)) return Colour::yellow;
  if (state == "MAINTENANCE") return Colour::blue;
  return Colour::plain;
}

std::string status_text(const Json& status, const Painter& paint) {
  std::string out = paint(Colour::bold, "Devices") + "\n";
  for (const Json& device : status["devices"]) add_device(out, device, paint);
  out += paint(Colour::bold, "Groups") + "\n";
  for (const Json& group : status["groups"]) add_group(out, group, paint);
  if (status["groups"].empty()) out += "  none: nothing is shut down by this configuration\n";
  return out;
}

std::string event_text(const Json& event, const Painter& paint) {
  const std::string severity = text_of(event["severity"]);
  const std::string subject = text_of(event["subject"], "");
  const std::string head = fmt::format(
      "{} {}", text_of(event["time"]),
      paint(colour_of_state(severity), subject.empty() ? severity : padded(severity, 8)));
  std::string out = head + (subject.empty() ? "" : " " + paint(Colour::bold, subject)) + "\n";
  // A refused configuration comes with its lines and carets: those stay as they are.
  const auto message = event.value("message", std::string());
  const std::size_t end = message.find('\n');
  add_line(out, "    ",
           fmt::format("{}: {}", text_of(event["kind"]), printable(message.substr(0, end))));
  for (std::size_t at = end; at < message.size();) {
    const std::size_t next = message.find('\n', at + 1);
    const std::string line = printable(message.substr(at + 1, next - at - 1));
    if (!line.empty()) out += "      " + line + "\n";
    at = next;
  }
  return out;
}

std::string plan_text(const Json& plan, const Painter& paint) {
  std::string out =
      fmt::format("Plan of {}: {}, at most {}\n", paint(Colour::bold, text_of(plan["group"])),
                  counted_steps(plan["steps"]), human_seconds(plan.value("needed_time_s", 0.0)));
  Json phase;
  for (const Json& step : plan["steps"]) {
    if (step["phase"] != phase) {
      phase = step["phase"];
      out += phase.is_string() ? "  last\n" : fmt::format("  phase {}\n", phase.get<int>());
    }
    out += fmt::format("    {} on {}, at most {}{}\n", paint(Colour::bold, text_of(step["name"])),
                       text_of(step["target"]), human_seconds(step.value("deadline_s", 0.0)),
                       step.value("dry_run", false) ? paint(Colour::yellow, " (dry run)") : "");
    for (const Json& command : step["commands"]) add_line(out, "      ", "$ " + text_of(command));
    if (!step["depends_on"].empty()) {
      std::vector<std::string> names;
      for (const Json& id : step["depends_on"]) names.push_back(text_of(id));
      add_line(out, "      ", fmt::format("after {}", fmt::join(names, ", ")));
    }
  }
  if (plan["steps"].empty()) out += "  no steps: losing quorum is only reported\n";
  return out;
}

}  // namespace nightwatt::app
