// The panel of the demo: on the left the rack as it is, on the right what the daemon makes of it.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/demo_screen.h"
#include "app/show_status.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t width = 79;
constexpr std::size_t left_width = 39;
constexpr std::size_t event_indent = 11;

// Signs for a terminal that can show them, and their stand-ins.
struct Signs {
  const char *rule, *dash, *top, *middle, *bottom, *on, *off;
};
constexpr Signs drawn{"─", "─", "┐", "┤", "┘", "●", "○"};
constexpr Signs typed{"-", "-", "+", "|", "+", "*", "o"};

const Signs& signs() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale = value;
    const bool utf8 = locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
    return utf8 ? drawn : typed;
  }
  return typed;
}

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }

std::size_t columns_of(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += starts_character(c) ? 1u : 0u;
  return count;
}

// Exactly `columns` wide: padded, or cut with a mark that says so.
std::string cell(std::string_view text, std::size_t columns) {
  std::string out(text);
  const std::size_t have = columns_of(text);
  if (have <= columns) return out + std::string(columns - have, ' ');
  out.clear();
  std::size_t count = 0;
  for (const char c : text) {
    if (starts_character(c) && ++count > columns - 2) break;
    out += c;
  }
  return out + "..";
}

std::string repeated(const char* sign, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += sign;
  return out;
}

std::string text_of(const Json& value) {
  return value.is_string() ? printable(value.get<std::string>()) : std::string("-");
}

std::string title_line(const Picture& picture, const Painter& paint) {
  const auto whole = static_cast<int>(picture.seconds);
  const std::string clock = fmt::format(" {}:{:02} ", whole / 60, whole % 60);
  const std::string speed =
      picture.rack.speed > 1 ? fmt::format(", time x{:.0f}", picture.rack.speed) : "";
  const std::string left = fmt::format(" the rack (simulated{}) ", speed);
  const std::string right = " the daemon, from its API ";
  const char* rule = signs().rule;
  std::string out = repeated(rule, 2) + left;
  out += repeated(rule, left_width - 2 - left.size()) + rule + right;
  out += repeated(rule, width - 2 - columns_of(out) - clock.size()) + clock + repeated(rule, 2);
  return paint(Colour::grey, out);
}

std::string feed_cell(const Picture& picture, std::size_t side, const Painter& paint) {
  const RackPicture::Side& rack = picture.rack.sides[side];
  const char letter = side == 0 ? 'A' : 'B';
  const std::string feed =
      fmt::format("feed {} {}", letter, rack.feed_on ? signs().on : signs().off);
  const char* word = rack.feed_on ? "on line" : "on battery";
  if (!rack.output_on) word = rack.feed_on ? "charging" : "empty";
  const std::string ups = fmt::format("UPS-{} {:>3.0f} % {:<10}", letter, rack.charge, word);
  const Colour low = rack.charge < 20 ? Colour::red : Colour::yellow;
  const Colour colour = rack.feed_on && rack.output_on ? Colour::green : low;
  return paint(rack.feed_on ? Colour::green : Colour::red, feed) + " " + repeated(signs().dash, 2) +
         " " + paint(colour, ups) + " " + signs().dash +
         (side == 0 ? signs().top : signs().bottom) + "  ";
}

std::string load_cell(const Picture& picture, const Painter& paint) {
  const bool fed = picture.rack.sides[0].output_on || picture.rack.sides[1].output_on;
  const std::string text = fed ? "the server is fed" : "the server has no power";
  return std::string(34 - text.size(), ' ') + paint(fed ? Colour::green : Colour::red, text) + " " +
         signs().dash + signs().middle + "  ";
}

std::string wires_cell(const Picture& picture, const Painter& paint) {
  std::string out = "ways to ";
  for (std::size_t side = 0; side < 2; ++side) {
    out += side == 0 ? "A " : "  B ";
    for (const bool up : picture.rack.sides[side].ways_up) {
      out += paint(up ? Colour::green : Colour::red, up ? signs().on : signs().off);
    }
  }
  return out + cell("  NUT SNMP Modbus", left_width - 8 - 2 - 3 - 4 - 3);
}

std::string device_cell(const Json& device, const Painter& paint) {
  const std::string state = text_of(device["state"]);
  const int path = device["active"].value("path", 0);
  const std::string over = fmt::format("over {}{}", text_of(device["active"]["comm"]),
                                       path == 1 ? ", primary" : ", failover");
  return paint(Colour::bold, cell(text_of(device["name"]), 6)) + " " +
         paint(colour_of_state(state), cell(state, 9)) + " " +
         paint(path == 1 ? Colour::plain : Colour::yellow, cell(over, 23));
}

// "it moves to ... when polls fail; retry primary in 3 s after 2 good probes": the second half.
std::string way_back(const std::string& next) {
  const auto at = next.find("retry primary");
  return at == std::string::npos ? next : next.substr(at);
}

std::string reason_cell(const Json& device, const Painter& paint) {
  std::string text;
  for (const Json& reason : device["reasons"]) {
    const std::string whole = text_of(reason);
    const auto colon = whole.find(": ");
    if (!text.empty()) text += "; ";
    text += colon == std::string::npos ? whole : whole.substr(colon + 2);
  }
  if (text.empty() && device["active"].value("path", 0) != 1)
    text = way_back(text_of(device["next"]));
  return paint(Colour::grey, cell("  " + text, width - left_width - 1));
}

std::string step_mark(const Json& step, const Painter& paint) {
  const std::string state = text_of(step["state"]);
  const char* mark = "[  ]";
  if (state == "ok") mark = "[ok]";
  if (state == "running") mark = "[..]";
  if (state == "failed" || state == "timed_out" || state == "skipped") mark = "[!!]";
  return paint(state == "pending" ? Colour::plain : colour_of_state(state), mark) + " " +
         text_of(step["name"]);
}

// Seconds of the day in "2026-11-20T10:15:00.250Z".
std::optional<double> time_of_day(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto text = value.get<std::string>();
  int hour = 0;
  int minute = 0;
  double second = 0;
  if (text.size() < 20) return std::nullopt;
  if (std::sscanf(text.c_str() + 11, "%2d:%2d:%lf", &hour, &minute, &second) != 3)
    return std::nullopt;
  return hour * 3'600 + minute * 60 + second;
}

// ", shuts down in 2.3 s" while a countdown runs.
std::string countdown(const Json& status, const Json& group) {
  const auto now = time_of_day(status["time"]);
  const auto end = time_of_day(group["run"]["countdown_ends_at"]);
  if (!now || !end) return {};
  const double left = *end - *now;
  return fmt::format(", shuts down in {:.1f} s", left < 0 ? 0.0 : left);
}

std::string plan_line(const Json& group, const Painter& paint) {
  const Json& run = group["run"];
  const std::string state = text_of(run["state"]);
  const bool last = state == "armed" && group["last_run"].is_object();
  std::string out = "  plan " + paint(colour_of_state(state), cell(state, 10));
  if (last) out += "last:";
  for (const Json& step : (last ? group["last_run"] : run)["steps"]) {
    out += " " + step_mark(step, paint);
  }
  return out;
}

void add_group(std::vector<std::string>& out, const Json& status, const Json& group,
               const Painter& paint) {
  const std::string verdict = text_of(group["verdict"]);
  out.push_back(paint(Colour::bold, text_of(group["name"])) + " " +
                paint(colour_of_state(verdict), verdict) +
                fmt::format("  {} of {} healthy, {} needed", group.value("healthy_count", 0),
                            group["members"].size(), group.value("min_healthy", 0)) +
                paint(Colour::red, countdown(status, group)));
  out.push_back(cell("  next: " + text_of(group["next_failure"]), width));
  out.push_back(plan_line(group, paint));
}

}  // namespace

std::vector<std::string> panel_of(const Picture& picture, const Painter& paint) {
  std::vector<std::string> out{title_line(picture, paint)};
  const Json& devices = picture.status["devices"];
  if (!devices.is_array() || devices.size() != 2) return out;
  out.push_back(feed_cell(picture, 0, paint) + device_cell(devices[0], paint));
  out.push_back(load_cell(picture, paint) + reason_cell(devices[0], paint));
  out.push_back(feed_cell(picture, 1, paint) + device_cell(devices[1], paint));
  out.push_back(wires_cell(picture, paint) + reason_cell(devices[1], paint));
  for (const Json& group : picture.status["groups"]) {
    add_group(out, picture.status, group, paint);
  }
  return out;
}

// Two lines at most: the whole sentence is in `nightwatt events`.
std::string event_line(const Json& event, const Painter& paint) {
  const std::string severity = text_of(event["severity"]);
  const std::string subject = text_of(event["subject"]);
  const std::string time = text_of(event["time"]);
  const std::string clock = time.size() >= 19 ? time.substr(11, 8) : time;
  std::string text = text_of(event["message"]);
  if (!subject.empty() && text.find(subject) == std::string::npos) text = subject + ": " + text;
  text = wrap(text, event_indent, width - 6, event_indent);  // room for " ..."
  const std::size_t first = text.find('\n');
  const std::size_t second = first == text.npos ? first : text.find('\n', first + 1);
  if (second != text.npos) text = text.substr(0, second) + " ...";
  return "  " + paint(Colour::grey, clock) + " " +
         paint(severity == "info" ? Colour::plain : colour_of_state(severity), text);
}

}  // namespace nightwatt::app
