#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/hub/device_sockets.h"
#include "io/mqtt/mqtt_driver.h"
#include "io/system_clock.h"
#include "tests/peers/real_mosquitto.h"

// A driver, what it said, and the loop: for tests. The clock can be put forward.
namespace nightwatt::io {

struct ShiftedClock : ports::Clock {
  SystemClock real{};
  Duration ahead{};
  Instant now() const override { return real.now() + ahead; }
  WallTime wall_now() const override { return real.wall_now(); }
};

// A device that publishes ups.status as words and the rest as JSON.
inline profile::Profile story_profile() {
  profile::Profile out;
  out.name = "story";
  out.protocol = profile::Protocol::mqtt;
  profile::Item status;
  status.variable = status_variable;
  status.source = profile::MqttSource{"status", ""};
  profile::Item charge;
  charge.variable = id_of(Variable::battery_charge);
  charge.source = profile::MqttSource{"battery", "/charge"};
  out.items = {status, charge};
  profile::Command test;
  test.kind = ControlKind::command;
  test.name = "test.battery.start";
  test.steps.resize(1);
  test.steps[0].target = profile::MqttSource{"command", ""};
  test.steps[0].text = "test";
  test.steps[0].acknowledged_on = "command/ack";
  profile::Command delay = test;
  delay.kind = ControlKind::write;
  delay.name = "ups.delay.shutdown";
  delay.steps[0].text.reset();
  delay.steps[0].target = profile::MqttSource{"command", "/delay"};
  delay.steps[0].acknowledged_on.clear();
  out.commands = {test, delay};
  out.presence.topic = "online";
  return out;
}

struct MqttStory {
  boost::asio::io_context io{1};
  std::shared_ptr<DeviceSockets> sockets = std::make_shared<DeviceSockets>(io);
  ShiftedClock clock{};
  std::vector<Event> events{};  // without DeviceSpoke, which is counted
  int spoke = 0;
  std::function<void(const Event&)> on_event{};
  MqttDriver driver{sockets, clock, [this](Event event) { take(std::move(event)); }};
  profile::Profile profile = story_profile();
  profile::ReadPlan plan = profile::plan(profile, {});
  std::shared_ptr<ports::DeviceLink> link{};
  std::uint64_t last = 0;

  void take(Event event) {
    if (std::holds_alternative<DeviceSpoke>(event)) {
      ++spoke;
      return;
    }
    events.push_back(event);
    if (on_event) on_event(event);
  }

  static MqttTarget target(std::uint16_t port) {
    MqttTarget out;
    out.name = "mqtt-a1";
    out.host = "127.0.0.1";
    out.port = port;
    out.username = peers::RealMosquitto::user;
    out.password = peers::RealMosquitto::password;
    out.broker.reconnect_interval = Duration(200);
    return out;
  }
  void open(std::uint16_t port) { open(target(port)); }
  void open(MqttTarget target) { link = driver.open(std::move(target)); }

  Transaction send(Duration timeout = Duration(5'000), const std::string& unit = "ups/a") {
    const Transaction transaction{++last};
    link->send({.transaction = transaction, .comm = CommId{7}, .timeout = timeout},
               {.unit = unit, .profile = &profile, .plan = &plan});
    return transaction;
  }
  Transaction order(ControlKind kind, const std::string& name, const std::string& value = {},
                    Duration timeout = Duration(5'000)) {
    auto made = std::make_shared<ControlOrder>();
    made->kind = kind;
    made->name = name;
    made->value = value;
    const Transaction transaction{++last};
    link->send({.transaction = transaction, .timeout = timeout, .order = made},
               {.unit = "ups/a", .profile = &profile, .plan = &plan});
    return transaction;
  }

  // Runs the loop until `done`; false when that did not come in ten seconds.
  bool until(const std::function<bool()>& done) {
    using Clock = std::chrono::steady_clock;
    const auto limit = Clock::now() + std::chrono::seconds(10);
    while (!done()) {
      io.restart();
      io.run_one_until(std::min(limit, Clock::now() + std::chrono::milliseconds(20)));
      if (Clock::now() >= limit) return false;
    }
    return true;
  }
  void settle(int milliseconds = 20) {
    io.restart();
    io.run_for(std::chrono::milliseconds(milliseconds));
  }

  // The one event of a message, as text.
  std::string ended(Transaction sent) {
    if (!until([&] { return !events.empty(); })) return "no answer";
    settle(0);
    if (events.size() != 1) return "more than one answer";
    const Event event = std::exchange(events, {}).front();
    if (const auto* replied = std::get_if<MessageReplied>(&event)) {
      if (replied->transaction != sent) return "another transaction";
      const auto charge = replied->reading.values.get(Variable::battery_charge);
      if (replied->reading.status.bits == 0 && !charge) return "done";
      const bool online = replied->reading.status.has(StatusWord::OL);
      return std::string("replied ") + (online ? "OL " : "OB ") +
             (charge ? std::to_string(static_cast<int>(*charge)) : "-");
    }
    if (const auto* refused = std::get_if<MessageRefused>(&event))
      return refused->transaction == sent ? "refused " + refused->text : "another transaction";
    const auto* failed = std::get_if<MessageFailed>(&event);
    if (failed == nullptr || failed->transaction != sent) return "another event";
    return std::string(failed->not_sent ? "not sent, " : "") +
           std::string(to_string(failed->failure)) + ": " + failed->text;
  }
  std::string poll(Duration timeout = Duration(5'000)) { return ended(send(timeout)); }
  // The same, once the subscriptions stand.
  std::string poll_subscribed(Duration timeout) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (true) {
      const std::string got = poll(timeout);
      const bool early = got.find("has not answered the subscription") != std::string::npos ||
                         got.find("no session with the broker yet") != std::string::npos ||
                         got.find("next attempt in") != std::string::npos;
      if (!early || std::chrono::steady_clock::now() > limit) return got;
      settle(10);
    }
  }
  // What is published from now on is heard.
  bool subscribed() {
    const std::string got = poll_subscribed(Duration(100));
    return got.find("data_stale") != std::string::npos;
  }
};

}  // namespace nightwatt::io
