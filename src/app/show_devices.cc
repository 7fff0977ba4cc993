#include "app/show_devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/json_text.h"
#include "app/show_status.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

// "99.87 %"; of few messages "6 of 7", because one lost reply would look like a broken device.
std::string answered(const Json& device, const std::string& within) {
  constexpr std::uint64_t few = 50;
  const Json& percent = device["success_percent_" + within];
  if (!percent.is_number()) return "-";
  const auto found = device.find("messages_" + within);
  if (found != device.end() && found->value("all", std::uint64_t{0}) < few) {
    return fmt::format("{} of {}", found->value("answered", std::uint64_t{0}),
                       found->value("all", std::uint64_t{0}));
  }
  return fmt::format("{:.4g} %", percent.get<double>());
}

// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " and " : ", ";
    out += words[i];
  }
  return out;
}

// The first cell of a row; a longer name stands on a line of its own.
std::string column(const std::string& text, std::size_t width) {
  return text.size() <= width ? padded(text, width) : text + "\n" + std::string(width, ' ');
}

std::string answer_times(const Json& path) {
  if (!path["latency_ms"].is_number()) return "";
  // The clock's grain is a millisecond.
  const auto text = [](double ms) {
    return ms < 1 ? std::string("less than 1 ms") : fmt::format("{:.3g} ms", ms);
  };
  const double usual = path["latency_ms"].get<double>();
  std::string out = "answers take " + text(usual);
  if (path["latency_p95_ms"].is_number()) {
    out += " (95 % within " + text(std::max(usual, path["latency_p95_ms"].get<double>())) + ")";
  }
  return out;
}

void add_path(std::string& out, const Json& path, const Painter& paint) {
  const std::string condition = text_of(path["condition"]);
  const Colour colour = condition == "failing" || condition == "unusable" ? Colour::red
                        : condition == "active"                           ? Colour::green
                                                                          : Colour::plain;
  std::string place = text_of(path["comm"]);
  if (const std::string unit = text_of(path["unit"]); !unit.empty()) place += ", unit " + unit;
  add_line(out, "  ",
           fmt::format("{}. {} path ({}): {}", path.value("path", 0),
                       path_word(path.value("path", 0)), place, paint(colour, condition)));
  if (path.contains("why_unusable")) add_line(out, "     ", text_of(path["why_unusable"]));
  const int attempts = path.value("attempts", 0);
  const std::string last = path["last_ok_at"].is_string()
                               ? "last answer at " + clock_time(path["last_ok_at"])
                           : attempts > 0 ? "never answered"
                                          : "never tried";
  std::vector<std::string> facts{last};
  if (const std::string times = answer_times(path); !times.empty()) facts.push_back(times);
  if (attempts > 0) {
    facts.push_back(fmt::format("{} of {} attempts failed", path.value("failures", 0), attempts));
    facts.push_back(fmt::format("loses {:.3g} % now", path.value("loss_percent", 0.0)));
  }
  if (const int moves = path.value("failovers", 0); moves > 0) {
    facts.push_back(fmt::format("left {} time{}", moves, moves == 1 ? "" : "s"));
  }
  add_line(out, "     ", listed(facts));
  if (path["last_error"].is_string()) {
    add_line(out, "     ",
             fmt::format("last error, at {}: {}", clock_time(path["failed_at"]),
                         text_of(path["last_error"])));
  }
}

std::string value_text(const Json& value) {
  return value.is_number() ? fmt::format("{:.6g}", value.get<double>()) : text_of(value);
}

// One a line, as upsc prints them; the age is told when it is not that of the reading.
void add_variables(std::string& out, const Json& device) {
  constexpr std::size_t names_width = 28;
  const Json& reading = device["reading"];
  const Json variables = device.value("variables", Json::object());
  const Json identity = device.value("identity", Json::object());
  if (!identity.empty()) out += "Nameplate\n";
  for (const auto& [name, text] : identity.items()) {
    add_line(out, "  ", padded(name, names_width) + " " + text_of(text));
  }
  if (reading.is_null() && variables.empty()) return;
  out += "Variables\n";
  if (reading.is_object()) {
    for (const auto& [name, value] : reading.items()) {
      add_line(out, "  ", padded(name, names_width) + " " + value_text(value));
    }
  }
  for (const auto& [name, value] : variables.items()) {
    add_line(out, "  ",
             fmt::format("{} {}  ({} ago)", padded(name, names_width), value_text(value["value"]),
                         human_seconds(value.value("age_s", 0.0))));
  }
}

void add_decisions(std::string& out, const Json& device) {
  const auto found = device.find("decisions");
  if (found == device.end() || found->empty()) return;
  out += "Decisions, newest first\n";
  for (auto at = found->rbegin(); at != found->rend(); ++at) {
    add_line(out, "  ", clock_time((*at)["at"]) + " " + text_of((*at)["text"]));
  }
}

// What keeps a device from moving by itself, of those that held_in_place() tells.
std::string stays_because(const Json& device) {
  if (!device.value("automatic", true)) return "manual: only people move it";
  if (device["frozen_until"].is_string()) {
    return "frozen until " + clock_time(device["frozen_until"]) + ": only people move it";
  }
  return "dry run: failover only reports what it would do";
}

}  // namespace

std::string devices_text(const Json& devices, const Painter& paint) {
  std::string out =
      paint(Colour::bold,
            "Device                   State       Path  Over                Hour     Day") +
      "\n";
  for (const Json& device : devices["devices"]) {
    const std::string state = text_of(device["state"]);
    const int rank = device["active"].value("path", 0);
    out += fmt::format(
        "{} {} {} {} {} {}\n", column(text_of(device["name"]), 24),
        paint(colour_of_state(state), padded(state, 11)),
        paint(rank == 1 ? Colour::plain : Colour::yellow, padded(std::to_string(rank), 5)),
        padded(text_of(device["active"]["comm"]), 19), padded(answered(device, "hour"), 8),
        answered(device, "day"));
    if (held_in_place(device)) {
      add_line(out, "    ", paint(Colour::yellow, stays_because(device)));
    }
  }
  if (devices["devices"].empty()) out += "none\n";
  return out;
}

std::string why_text(const Json& device, const Painter& paint) {
  const int rank = device["active"].value("path", 0);
  const std::string state = text_of(device["state"]);
  std::string out;
  add_line(out, "",
           fmt::format("{} is {} and polled over its {} path ({}) since {}.",
                       paint(Colour::bold, text_of(device["name"])),
                       paint(colour_of_state(state), state), path_word(rank),
                       text_of(device["active"]["comm"]), clock_time(device["path_since"])));
  for (const Json& reason : device["reasons"]) add_line(out, "  ", text_of(reason));
  add_line(out, "", "Why: it is " + text_of(device["why"]) + ".");
  add_line(out, "", "Next: " + text_of(device["next"]) + ".");
  if (device.contains("frozen_until") && device["frozen_until"].is_string()) {
    add_line(
        out, "",
        "Frozen until " + clock_time(device["frozen_until"]) + ": it does not move by itself.");
  }
  if (device.value("failover_dry_run", false)) {
    add_line(out, "", "Dry run: failover only reports what it would do, and never moves it.");
  }
  if (const int flaps = device.value("flaps", 0); flaps > 0) {
    add_line(out, "",
             fmt::format("Primary failed {} soon after a return: each time doubles how long it "
                         "stays away from it.",
                         flaps == 1 ? std::string("once") : fmt::format("{} times", flaps)));
  }
  if (device["reading_age_s"].is_number()) {
    add_line(out, "",
             fmt::format("Last reading: {} ago; {} of its messages were answered within "
                         "the last hour, {} within the last day.",
                         human_seconds(device["reading_age_s"].get<double>()),
                         answered(device, "hour"), answered(device, "day")));
  } else {
    out += "It was never read.\n";
  }
  if (device.value("primary_failed_over", false)) {
    add_line(out, "", "It has left its primary path, and has had no answer there since.");
  }
  add_variables(out, device);
  out += "Paths\n";
  for (const Json& path : device["paths"]) add_path(out, path, paint);
  add_decisions(out, device);
  return out;
}

std::string comms_text(const Json& comms, const Painter& paint) {
  std::string out = paint(Colour::bold,
                          "Comm device              State          Devices  Active Waiting  "
                          "Requests Failed") +
                    "\n";
  for (const Json& comm : comms["comms"]) {
    const std::string state = text_of(comm["state"]);
    const Json& link = comm["link"];
    const auto count = [&](const char* name) {
      return link.is_object() ? std::to_string(link.value(name, 0ULL)) : std::string("-");
    };
    out += fmt::format("{} {} {:>7}  {:>6} {:>7}  {:>8} {:>6}\n", column(text_of(comm["name"]), 24),
                       paint(state == "ok" ? Colour::green : Colour::yellow, padded(state, 14)),
                       comm.value("devices", 0), comm.value("active_devices", 0),
                       comm.value("polls_waiting", 0), count("requests"), count("failures"));
    const Json by = comm.value("taken_out", Json());  // older daemons do not say it
    if (by.is_object()) {
      add_line(out, "    ",
               fmt::format("taken out of use by {} at {}; stays so over a restart",
                           text_of(by.value("who", Json())), text_of(by.value("at", Json()))));
    }
  }
  if (comms["comms"].empty()) out += "none\n";
  return out;
}

}  // namespace nightwatt::app
