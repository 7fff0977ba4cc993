#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/snmp/snmp_driver.h"
#include "profile/profile.h"
#include "wire/snmp/oid.h"

// A driver, a profile, what the driver said, and the loop that it and the rack's agents run on.
namespace nightwatt::io {

inline profile::SnmpSource ups_object(const char* oid,
                                      profile::SnmpType type = profile::SnmpType::integer) {
  return {*wire::snmp::parse_oid(std::string("1.3.6.1.2.1.33.1.") + oid), type};
}

// A part of RFC 1628, as a profile's file would have it.
inline profile::Profile snmp_ups_profile() {
  using profile::MapKind;
  profile::Profile made{.name = "test", .protocol = profile::Protocol::snmp};
  const auto number = [&](Variable variable, const char* oid, double scale) {
    made.items.push_back({.variable = id_of(variable), .source = ups_object(oid), .scale = scale});
  };
  made.items.push_back({.variable = status_variable,
                        .source = ups_object("4.1.0"),
                        .map = MapKind::values,
                        .meanings = {{.raw = 2, .words = parse_status("OFF")},
                                     {.raw = 3, .words = parse_status("OL")},
                                     {.raw = 4, .words = parse_status("OL BYPASS")},
                                     {.raw = 5, .words = parse_status("OB DISCHRG")}}});
  made.items.push_back({.variable = status_variable,
                        .source = ups_object("2.1.0"),
                        .map = MapKind::values,
                        .meanings = {{.raw = 2}, {.raw = 3, .words = parse_status("LB")}}});
  number(Variable::battery_charge, "2.4.0", 1);
  number(Variable::battery_runtime, "2.3.0", 60);
  number(Variable::battery_voltage, "2.5.0", 0.1);
  number(Variable::input_voltage, "3.3.1.3.1", 1);
  number(Variable::input_frequency, "3.3.1.2.1", 0.1);
  number(Variable::ups_load, "4.4.1.5.1", 1);
  number(Variable::ups_power, "99.1.0", 1);  // no agent has it
  profile::WriteStep delay{.target = ups_object("8.2.0")};
  profile::WriteStep mute{.target = ups_object("9.8.0"), .number = 3};
  profile::WriteStep charge{.target = ups_object("2.4.0"), .number = 50};
  profile::WriteStep text{.target = ups_object("9.8.0", profile::SnmpType::octets), .text = "no"};
  made.commands = {
      {.kind = ControlKind::write, .name = "ups.delay.shutdown", .steps = {delay}, .high = 600},
      {.kind = ControlKind::command, .name = "beeper.mute", .steps = {mute}},
      {.kind = ControlKind::command, .name = "test.readonly", .steps = {charge}},
      {.kind = ControlKind::command, .name = "test.type", .steps = {text}}};
  return made;
}

struct SnmpStory {
  boost::asio::io_context io{1};
  std::vector<Event> events{};
  std::shared_ptr<DeviceSockets> sockets = std::make_shared<DeviceSockets>(io);
  SnmpDriver driver{sockets, [this](Event event) { events.push_back(std::move(event)); }};
  std::shared_ptr<ports::DeviceLink> link{};
  profile::Profile profile = snmp_ups_profile();
  profile::ReadPlan plan = profile::plan(profile, {});
  std::uint64_t last = 0;
  Duration timeout{5'000};  // of each message

  SnmpTarget target(std::uint16_t port) {
    return {.name = "snmp-a1",
            .host = "127.0.0.1",
            .port = port,
            .agent = {.version = SnmpVersion::v2c, .community = "public"}};
  }
  static SnmpAgent v3(std::string user, SnmpAuth auth = SnmpAuth::sha256,
                      SnmpPrivacy privacy = SnmpPrivacy::aes128) {
    return {.version = SnmpVersion::v3,
            .user = std::move(user),
            .auth = auth,
            .auth_password = "authpass123",
            .privacy = privacy,
            .privacy_password = "privpass123"};
  }
  void open(std::uint16_t port) { open(target(port)); }
  void open(std::uint16_t port, const SnmpAgent& agent) {
    SnmpTarget made = target(port);
    made.agent = agent;
    open(std::move(made));
  }
  void open(SnmpTarget made) { link = driver.open(std::move(made)); }

  Transaction send(std::shared_ptr<const ControlOrder> order = nullptr) {
    const Transaction transaction{++last};
    link->send({.transaction = transaction, .timeout = timeout, .order = std::move(order)},
               {.profile = &profile, .plan = &plan});
    return transaction;
  }
  bool until(const std::function<bool()>& done, int seconds = 10) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!done()) {
      io.restart();
      io.run_one_until(limit);
      if (std::chrono::steady_clock::now() >= limit) return false;
    }
    return true;
  }
  void settle(int milliseconds = 20) {
    io.restart();
    io.run_for(std::chrono::milliseconds(milliseconds));
  }

  // One message and its one event, as text: "replied OL 100", "unreachable: ...", "refused ...".
  std::string poll(std::shared_ptr<const ControlOrder> order = nullptr) {
    const std::size_t before = events.size();
    const Transaction sent = send(std::move(order));
    if (!until([&] { return events.size() > before; })) return "no answer";
    settle(0);
    if (events.size() != before + 1) return "more than one answer";
    return text(events.back(), sent);
  }
  std::string order(ControlKind kind, std::string name, std::string value = {}) {
    return poll(std::make_shared<ControlOrder>(
        ControlOrder{.kind = kind, .name = std::move(name), .value = std::move(value)}));
  }
  // Nothing comes for a message in this time; it is then cancelled, as the core does.
  std::string silence(int milliseconds = 100) {
    const std::size_t before = events.size();
    const Transaction sent = send();
    settle(milliseconds);
    link->cancel(sent);
    settle(0);
    return events.size() == before ? "silence" : text(events.back(), sent);
  }
  const Reading& reading() { return std::get<MessageReplied>(events.back()).reading; }

  static std::string text(const Event& event, Transaction sent) {
    if (const auto* replied = std::get_if<MessageReplied>(&event)) {
      if (replied->transaction != sent) return "another transaction";
      const auto charge = replied->reading.values.get(Variable::battery_charge);
      const auto status = replied->reading.status;
      return std::string("replied ") +
             (status.has(StatusWord::OL)   ? "OL "
              : status.has(StatusWord::OB) ? "OB "
                                           : "- ") +
             (charge ? std::to_string(static_cast<int>(*charge)) : "-");
    }
    if (const auto* refused = std::get_if<MessageRefused>(&event)) {
      return refused->transaction == sent ? "refused: " + refused->text : "another transaction";
    }
    const auto* failed = std::get_if<MessageFailed>(&event);
    if (failed == nullptr) return "another event";
    if (failed->transaction != sent) return "another transaction";
    return std::string("failed ") + std::string(to_string(failed->failure)) +
           (failed->not_sent ? ", not sent: " : ": ") + failed->text;
  }
};

}  // namespace nightwatt::io
