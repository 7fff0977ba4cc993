#include "app/demo_stage.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "io/http_client.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_interval{50};
constexpr Duration answer_timeout{4'000};
constexpr Duration start_timeout{30'000};  // seconds under a sanitizer, a blink otherwise
// A killed daemon closes its socket before its parent can collect it.
constexpr Duration death_patience{1'000};
constexpr std::size_t columns = 79;

expected<Json, std::string> get(const std::string& socket, const std::string& target) {
  const auto answer = io::http_request(socket, "GET", target, "", answer_timeout);
  if (!answer) return unexpected<std::string>(answer.error().what);
  Json json = Json::parse(answer->body, nullptr, false);
  if (answer->status != 200 || !json.is_object()) {
    return unexpected<std::string>(
        fmt::format("GET {}: status {}, {} bytes", target, answer->status, answer->body.size()));
  }
  return json;
}

}  // namespace

Pace narrated_pace() { return {}; }

Pace fast_pace() {
  Pace pace;
  pace.fast = true;
  pace.check_interval = Duration(200);
  pace.initial_fail = Duration(500);
  pace.retry_primary = Duration(2'000);
  pace.rise = 1;
  pace.confirm_for = Duration(1'000);
  pace.drain_speed = 3'000;
  return pace;
}

Stage::Stage(Screen& screen, rack::RackThread& rack, DaemonChild& daemon, std::string socket,
             Pace pace)
    : screen_(screen), rack_(rack), daemon_(daemon), socket_(std::move(socket)), pace_(pace) {}

double Stage::seconds() const {
  return std::chrono::duration<double>(steady_clock::now() - began_).count();
}

void Stage::lose_daemon(const std::string& what) {
  over_ = true;
  const auto until = steady_clock::now() + death_patience;
  while (daemon_.running() && steady_clock::now() < until) {
    std::this_thread::sleep_for(look_interval);
  }
  trouble_ =
      daemon_.running() ? "the daemon does not answer: " + what : "the daemon " + daemon_.end();
}

bool Stage::wait_for_daemon() {
  const auto until = steady_clock::now() + start_timeout;
  while (!over_) {
    if (get(socket_, "/api/v1/version")) {
      watch();
      return !over_;
    }
    if (Interrupt::signal() != 0) over_ = true;
    if (!daemon_.running() || steady_clock::now() >= until) {
      lose_daemon(fmt::format("no answer within {:.0f} s", nightwatt::seconds(start_timeout)));
    }
    std::this_thread::sleep_for(look_interval);
  }
  return false;
}

void Stage::look_at_rack() {
  RackPicture& seen = picture_.rack;
  seen.speed = speed_;
  rack_.with([&seen](rack::Rack& rack) {
    for (const rack::Feed feed : {rack::Feed::a, rack::Feed::b}) {
      RackPicture::Side& side = seen.sides[static_cast<std::size_t>(feed)];
      side.feed_on = rack.ups(feed).feed_on();
      side.output_on = rack.ups(feed).output_on();
      side.charge = rack.ups(feed).charge();
      side.ways_up = {rack.server(feed, rack::Line::first).fault() == rack::Fault::none,
                      rack.agent(feed).fault() == rack::AgentFault::none,
                      rack.modbus(feed).fault() == rack::ModbusFault::none};
    }
  });
}

bool Stage::read_status() {
  auto status = get(socket_, "/api/v1/status");
  if (!status) {
    lose_daemon(status.error());
    return false;
  }
  picture_.status = std::move(*status);
  return true;
}

bool Stage::read_events() {
  const auto answer = get(socket_, fmt::format("/api/v1/events?after={}&limit=1000", last_event_));
  if (!answer) {
    lose_daemon(answer.error());
    return false;
  }
  for (const Json& event : (*answer)["events"]) {
    last_event_ = event.value("id", last_event_);
    picture_.events.push_back(event);
    screen_.print(event_line(event, screen_.paint()));
  }
  return true;
}

void Stage::watch() {
  if (Interrupt::signal() != 0 || screen_.broken()) over_ = true;
  if (over_) return;
  look_at_rack();
  // Status first: whatever it shows, the events that led there are read, and judged, with it.
  if (!read_status() || !read_events()) return;
  picture_.seconds = seconds();
  screen_.draw(panel_of(picture_, screen_.paint()));
}

void Stage::begin_act(int number, std::string_view title, std::string_view text) {
  if (over_) return;
  picture_.act_began = picture_.events.size();
  const Painter& paint = screen_.paint();
  const std::string head = fmt::format("== Act {} of 5: {} ", number, title);
  screen_.print("");
  screen_.print(paint(Colour::cyan, head + std::string(columns - head.size(), '=')));
  say(text);
}

void Stage::end_act() {
  if (over_ || screen_.live()) return;
  for (std::string line : panel_of(picture_, screen_.paint())) {
    line.erase(line.find_last_not_of(' ') + 1);
    screen_.print(line);
  }
}

void Stage::say(std::string_view text) {
  if (!over_) screen_.print("   " + wrap(text, 3, columns, 3));
}

void Stage::happens(std::string_view what, const std::function<void(rack::Rack&)>& action) {
  if (over_) return;
  screen_.print(screen_.paint()(Colour::magenta, " > " + wrap(what, 3, columns, 3)));
  rack_.with(action);
  watch();
}

void Stage::set_speed(double speed) {
  speed_ = speed;
  rack_.with([speed](rack::Rack& rack) { rack.set_speed(speed); });
}

void Stage::record(const std::string& what, bool met, const std::string& note) {
  ++checks_;
  if (!met) ++failures_;
  const Painter& paint = screen_.paint();
  const std::string head =
      met ? paint(Colour::green, " ok      ") : paint(Colour::red, " FAILED  ");
  const std::string text = met ? what + note : what + "; seen instead: " + note;
  screen_.print(head + wrap(text, 9, columns, 9));
}

void Stage::expect(const Expectation& expectation) {
  const auto began = steady_clock::now();
  while (!over_) {
    watch();
    const bool met = !over_ && expectation.met(picture_);
    const auto took = std::chrono::duration<double>(steady_clock::now() - began).count();
    if (met) {
      record(expectation.what, true, fmt::format(" ({:.1f} s)", took));
      return;
    }
    if (over_) return;
    if (took > nightwatt::seconds(expectation.within)) {
      record(
          expectation.what + fmt::format(" within {:g} s", nightwatt::seconds(expectation.within)),
          false, expectation.seen(picture_));
      return;
    }
    std::this_thread::sleep_for(look_interval);
  }
}

void Stage::check(std::string what, bool met, std::string seen) {
  if (!over_) record(what, met, met ? "" : seen);
}

void Stage::linger(std::chrono::milliseconds how_long) {
  if (pace_.fast) return;
  const auto until = steady_clock::now() + how_long;
  while (!over_ && steady_clock::now() < until) {
    watch();
    std::this_thread::sleep_for(look_interval);
  }
}

}  // namespace nightwatt::app
