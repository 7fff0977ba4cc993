#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/modbus/modbus_driver.h"
#include "tests/io/modbus/ups_profile.h"

// A Modbus driver, what it said, and the loop that both and the rack's servers run on: for tests.
namespace nightwatt::io {

struct ModbusStory {
  boost::asio::io_context io{1};
  std::vector<Event> events{};
  std::function<void(const Event&)> on_event{};
  std::shared_ptr<DeviceSockets> sockets = std::make_shared<DeviceSockets>(io);
  std::unique_ptr<ModbusDriver> driver{};
  std::shared_ptr<ports::DeviceLink> link{};
  profile::Profile profile = ups_profile();
  profile::ReadPlan plan = profile::plan(profile, {});
  std::uint64_t last = 0;

  ModbusStory() {
    driver = std::make_unique<ModbusDriver>(sockets, [this](Event event) {
      events.push_back(event);
      if (on_event) on_event(event);
    });
  }
  ~ModbusStory() {
    link.reset();
    driver.reset();
  }
  void open(ModbusTarget target) { link = driver->open(std::move(target)); }
  void open(std::uint16_t port, ModbusFraming framing = ModbusFraming::tcp) {
    open({.name = "plc-1", .host = "127.0.0.1", .port = port, .line = {.framing = framing}});
  }

  Transaction send(const std::string& unit = "1", Duration timeout = Duration(5'000),
                   std::uint16_t part = 0) {
    const Transaction transaction{++last};
    link->send({.transaction = transaction, .timeout = timeout, .part = part},
               {.unit = unit, .profile = &profile, .plan = &plan});
    return transaction;
  }
  Transaction order(ControlKind kind, const std::string& name, const std::string& value = "",
                    const std::string& unit = "1", Duration timeout = Duration(5'000)) {
    auto order = std::make_shared<ControlOrder>();
    order->kind = kind;
    order->name = name;
    order->value = value;
    const Transaction transaction{++last};
    link->send({.transaction = transaction, .timeout = timeout, .order = order},
               {.unit = unit, .profile = &profile, .plan = &plan});
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
  std::string answer_to(Transaction sent, std::size_t before) {
    if (!answered(before + 1)) return "no answer";
    settle(0);
    if (events.size() != before + 1) return "more than one answer";
    return text(events.back(), sent);
  }

  // One message and its one event, as text: "replied OL 100" or "unreachable: ...".
  std::string poll(const std::string& unit = "1", Duration timeout = Duration(5'000)) {
    const std::size_t before = events.size();
    return answer_to(send(unit, timeout), before);
  }
  std::string control(ControlKind kind, const std::string& name, const std::string& value = "",
                      const std::string& unit = "1") {
    const std::size_t before = events.size();
    return answer_to(order(kind, name, value, unit), before);
  }
  // A message that the engine gives up after a while.
  void give_up(const std::string& unit, int after_ms, std::uint16_t part = 0) {
    const Transaction sent = send(unit, Duration(after_ms), part);
    settle(after_ms);
    link->cancel(sent);
  }

  static std::string text(const Event& event, Transaction sent) {
    if (const auto* replied = std::get_if<MessageReplied>(&event)) {
      if (replied->transaction != sent) return "another transaction";
      const auto charge = replied->reading.values.get(Variable::battery_charge);
      const StatusWords status = replied->reading.status;
      return std::string("replied ") +
             (status.has(StatusWord::OL)   ? "OL "
              : status.has(StatusWord::OB) ? "OB "
                                           : "") +
             (charge ? std::to_string(static_cast<int>(*charge)) : "-");
    }
    if (const auto* refused = std::get_if<MessageRefused>(&event)) {
      return refused->transaction == sent ? "refused by it: " + refused->text
                                          : "another transaction";
    }
    const auto* failed = std::get_if<MessageFailed>(&event);
    if (failed == nullptr) return "another event";
    if (failed->transaction != sent) return "another transaction";
    return std::string(to_string(failed->failure)) + (failed->not_sent ? " (not sent): " : ": ") +
           failed->text;
  }
};

}  // namespace nightwatt::io
