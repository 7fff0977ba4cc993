#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/nut/nut_driver.h"

// A driver, what it said, and the loop that both and the rack's servers run on: for tests.
namespace nightwatt::io {

struct LinkStory {
  boost::asio::io_context io{1};
  std::vector<Event> events{};
  std::function<void(const Event&)> on_event{};
  std::unique_ptr<NutDriver> driver{};
  std::shared_ptr<ports::DeviceLink> link{};
  std::uint64_t last = 0;

  LinkStory() {
    driver = std::make_unique<NutDriver>(io, [this](Event event) {
      events.push_back(event);
      if (on_event) on_event(event);
    });
  }
  void open(std::uint16_t port) { open({.name = "nut-a1", .host = "127.0.0.1", .port = port}); }
  void open(NutTarget target) { link = driver->open(std::move(target)); }

  Transaction send(const std::string& unit = "ups1", Duration timeout = Duration(5'000)) {
    const Transaction transaction{++last};
    link->send({.transaction = transaction, .timeout = timeout}, {.unit = unit});
    return transaction;
  }
  // Runs the loop until `done`; false when that did not come in ten seconds.
  bool until(const std::function<bool()>& done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      io.restart();
      io.run_one_until(limit);
      if (std::chrono::steady_clock::now() >= limit) return false;
    }
    return true;
  }
  // Everything that is ready now, and what follows from it at once.
  void settle(int milliseconds = 20) {
    io.restart();
    io.run_for(std::chrono::milliseconds(milliseconds));
  }
  bool answered(std::size_t count) {
    return until([&] { return events.size() >= count; });
  }

  // One message and its one event, as text: "replied OL 100" or "unreachable: ...".
  std::string poll(const std::string& unit = "ups1", Duration timeout = Duration(5'000)) {
    const std::size_t before = events.size();
    const Transaction sent = send(unit, timeout);
    if (!answered(before + 1)) return "no answer";
    settle(0);
    if (events.size() != before + 1) return "more than one answer";
    return text(events.back(), sent);
  }
  static std::string text(const Event& event, Transaction sent) {
    if (const auto* replied = std::get_if<MessageReplied>(&event)) {
      if (replied->transaction != sent) return "another transaction";
      const auto charge = replied->reading.values.get(Variable::battery_charge);
      const bool online = replied->reading.status.has(StatusWord::OL);
      return std::string("replied ") + (online ? "OL " : "OB ") +
             (charge ? std::to_string(static_cast<int>(*charge)) : "-");
    }
    const auto* failed = std::get_if<MessageFailed>(&event);
    if (failed == nullptr) return "another event";
    if (failed->transaction != sent) return "another transaction";
    return std::string(to_string(failed->failure)) + ": " + failed->text;
  }
};

}  // namespace nightwatt::io
