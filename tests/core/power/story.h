#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/power/member.h"
#include "model/power.h"

// One member's life as a timed story: readings and missed polls at given seconds, with the
// deadlines in between served exactly as the engine serves them.
namespace nightwatt::core::testing {

using Numbers = std::map<Variable, std::string>;

inline Instant at_s(double second) {
  return Instant(Duration(static_cast<std::int64_t>(second * 1000)));
}

inline Reading reading_of(std::string_view status, const Numbers& numbers = {}) {
  Reading reading;
  reading.path = primary;
  reading.status = parse_status(status);
  for (const auto& [variable, text] : numbers) reading.values.set_text(variable, text);
  return reading;
}

inline constexpr auto charge = Variable::battery_charge;
inline constexpr auto runtime = Variable::battery_runtime;
inline constexpr auto load = Variable::ups_load;
inline constexpr auto input = Variable::input_voltage;
inline constexpr auto nominal = Variable::input_voltage_nominal;

class Story {
 public:
  explicit Story(std::string name = "UPS-A") : name_(std::move(name)) {
    until(0);
    advance_here();
  }

  MemberRule rule{};
  Voice voice = Voice::member;
  bool every_path_tried = true;
  bool wants_sweep = false;  // of the last call
  Effects effects{};
  MemberMemory memory{};
  std::span<const std::optional<Number>> numbers{};  // of conditions, from elsewhere
  std::vector<OtherValue> others{};                  // come with each reading

  Watched watched() const { return Watched{rule, rule.triggers, name_, voice, numbers}; }
  Instant now() const { return now_; }
  const std::string& name() const { return name_; }

  // Serves every deadline up to then.
  Story& until(double second) {
    const Instant target = at_s(second);
    int rounds = 0;
    for (auto next = next_deadline(memory, watched()); next && *next < target;
         next = next_deadline(memory, watched())) {
      now_ = *next;
      advance_here();
      if (++rounds > 1000) ADD_FAILURE() << "deadlines never end";
      if (rounds > 1000) break;
    }
    now_ = target;
    return *this;
  }
  Story& at(double second) {
    until(second);
    advance_here();
    return *this;
  }
  Story& read(double second, std::string_view status, const Numbers& values = {}) {
    until(second);
    PowerOut out{effects};
    Reading reading = reading_of(status, values);
    reading.others = others;
    on_reading(memory, watched(), reading, now_, out);
    wants_sweep = out.wants_sweep;
    return *this;
  }
  // The same reading each second, both ends included.
  Story& read_each_second(double from, double to, std::string_view status,
                          const Numbers& values = {}) {
    for (double second = from; second <= to; second += 1) read(second, status, values);
    return *this;
  }
  Story& miss(double second) {
    until(second);
    PowerOut out{effects};
    on_poll_without_reading(memory, watched(), every_path_tried, now_, out);
    wants_sweep = out.wants_sweep;
    return *this;
  }
  Story& maintain(double second, std::optional<double> until_second) {
    until(second);
    PowerOut out{effects};
    std::optional<Instant> end;
    if (until_second) end = at_s(*until_second);
    set_maintenance(memory, watched(), end, now_, out);
    return *this;
  }
  void advance_here() {
    PowerOut out{effects};
    advance(memory, watched(), every_path_tried, now_, out);
    wants_sweep = out.wants_sweep;
  }

  MemberState state() const { return view(memory).state; }
  std::string kinds() const {
    std::string out;
    for (const Reason& reason : view(memory).reasons) {
      if (!out.empty()) out += ' ';
      out += to_string(reason.kind);
    }
    return out;
  }
  // Messages of one kind since the last call.
  std::vector<std::string> told(NoticeKind kind) {
    std::vector<std::string> out;
    Effects rest;
    for (Effect& effect : effects) {
      const auto* notice = std::get_if<Notice>(&effect);
      if (notice != nullptr && notice->kind == kind) {
        out.push_back(notice->message);
      } else {
        rest.push_back(std::move(effect));
      }
    }
    effects = std::move(rest);
    return out;
  }

 private:
  std::string name_;
  Instant now_{};
};

}  // namespace nightwatt::core::testing
