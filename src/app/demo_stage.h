#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "app/demo_process.h"
#include "app/demo_screen.h"
#include "base/time.h"
#include "rack/rack.h"

// Where the demo's story is played: does things to the rack, watches the daemon through its API,
// and holds what is seen against what was expected.
namespace nightwatt::app {

struct Pace {
  bool fast = false;
  Duration check_interval{500};
  Duration initial_fail{1'000};
  Duration retry_primary{4'000};
  int rise = 2;
  Duration confirm_for{4'000};
  double drain_speed = 800;  // simulated seconds a second while batteries drain or charge
};
Pace narrated_pace();
Pace fast_pace();

// The configuration of the demo's daemon: two UPSes over NUT, SNMP and Modbus each, one group, a
// plan of four steps in dry run.
std::string demo_config(const rack::RackThread& rack, const Pace& pace);

struct Expectation {
  std::string what;
  Duration within{};
  std::function<bool(const Picture&)> met{};
  std::function<std::string(const Picture&)> seen{};  // said instead of it
};

class Stage {
 public:
  Stage(Screen& screen, rack::RackThread& rack, DaemonChild& daemon, std::string socket, Pace pace);

  const Pace& pace() const { return pace_; }
  const Picture& picture() const { return picture_; }

  // The daemon answers, within a bound.
  bool wait_for_daemon();
  void begin_act(int number, std::string_view title, std::string_view text);
  // Where no panel is drawn, how things stand is printed.
  void end_act();
  void say(std::string_view text);
  // Something happens to the rack.
  void happens(std::string_view what, const std::function<void(rack::Rack&)>& action);
  void set_speed(double speed);
  // Watches until it is met or its time is over, and prints a check line.
  void expect(const Expectation& expectation);
  // As it is now.
  void check(std::string what, bool met, std::string seen);
  // Goes on watching for readers of a narrated demo; --fast skips it.
  void linger(std::chrono::milliseconds how_long);

  // Interrupted, the daemon is gone, or nobody reads any more: everything else returns at once.
  bool over() const { return over_; }
  const std::string& trouble() const { return trouble_; }  // why, when the daemon is the cause
  int checks() const { return checks_; }
  int failures() const { return failures_; }
  double seconds() const;

 private:
  void watch();  // one look at rack and daemon
  void look_at_rack();
  bool read_status();
  bool read_events();
  void lose_daemon(const std::string& what);
  void record(const std::string& what, bool met, const std::string& note);

  Screen& screen_;
  rack::RackThread& rack_;
  DaemonChild& daemon_;
  std::string socket_;
  Pace pace_;
  Picture picture_{};
  std::uint64_t last_event_ = 0;
  double speed_ = 1;
  bool over_ = false;
  std::string trouble_{};
  int checks_ = 0;
  int failures_ = 0;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace nightwatt::app
