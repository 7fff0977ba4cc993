#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "rack/modbus_server.h"
#include "rack/nut_server.h"
#include "rack/simulated_ups.h"
#include "rack/snmp_agent.h"

// The simulated rack: a dual-fed server on two UPSes, each reachable through two NUT servers.
//
//     feed A ─ UPS-A ┬─ output ─┐             nut-a1, nut-a2 (loopback) serve UPS-A as "ups1"
//     feed B ─ UPS-B ┴─ output ─┴─ load       nut-b1, nut-b2 (loopback) serve UPS-B as "ups1"
//
// Each UPS has a management card as well: an SNMP agent (UPS-MIB, community "public") and Modbus
// TCP (unit 1, profile simulated-ups-modbus).
//
// The load is shared by the outputs that are on; when one goes off the other carries all of it.
namespace nightwatt::rack {

enum class Feed : std::uint8_t { a, b };
inline constexpr std::uint8_t rack_modbus_unit = 1;

enum class Line : std::uint8_t { first, second };  // the way to a UPS: nut-x1, nut-x2

struct RackSettings {
  double speed = 1;           // simulated seconds for each real one
  double load_watts = 600;    // of the dual-fed server
  std::string unit = "ups1";  // the name of each UPS behind its servers
  std::string username{};     // of all servers; empty: none
  std::string password{};
  std::array<std::uint16_t, 4> ports{};  // a1 a2 b1 b2; 0 takes a free one
  Duration tick{50};                     // real time between steps of the simulation
  UpsSettings ups{};                     // of both; names become UPS-A and UPS-B
};

// Not thread-safe: use it on the thread that runs `io`; RackThread does that for others.
class Rack {
 public:
  Rack(boost::asio::io_context& io, RackSettings settings = {});
  ~Rack();

  void start();  // lets time run; without it only step() moves
  void stop();
  void step(Duration simulated);

  void set_feed(Feed feed, bool on);
  void set_line(Feed feed, Line line, bool up);  // Fault::none or Fault::down
  void set_fault(Feed feed, Line line, Fault fault) { server(feed, line).set_fault(fault); }
  void set_speed(double speed) { settings_.speed = speed; }

  SimulatedUps& ups(Feed feed) { return *ups_[static_cast<std::size_t>(feed)]; }
  NutServer& server(Feed feed, Line line);
  SnmpAgent& agent(Feed feed) { return *agents_[static_cast<std::size_t>(feed)]; }
  ModbusServer& modbus(Feed feed) { return *modbus_[static_cast<std::size_t>(feed)]; }
  std::uint16_t port(Feed feed, Line line) { return server(feed, line).port(); }
  bool load_fed() const;  // at least one output is on

 private:
  void share_load();
  void schedule();

  RackSettings settings_;
  boost::asio::steady_timer timer_;
  std::array<std::unique_ptr<SimulatedUps>, 2> ups_;
  std::array<std::unique_ptr<NutServer>, 4> servers_;
  std::array<std::unique_ptr<SnmpAgent>, 2> agents_;
  std::array<std::unique_ptr<ModbusServer>, 2> modbus_;
};

// A rack on a thread of its own, for a program whose own loop does other things.
class RackThread {
 public:
  explicit RackThread(RackSettings settings = {});
  ~RackThread();

  // Runs `action` on the rack's thread and returns when it is done. Thread-safe.
  void with(const std::function<void(Rack&)>& action);
  // Fixed after construction, thread-safe.
  std::uint16_t port(Feed feed, Line line) const;
  std::uint16_t snmp_port(Feed feed) const { return snmp_ports_[static_cast<std::size_t>(feed)]; }
  std::uint16_t modbus_port(Feed feed) const {
    return modbus_ports_[static_cast<std::size_t>(feed)];
  }

 private:
  boost::asio::io_context io_{1};
  std::unique_ptr<Rack> rack_;
  std::array<std::uint16_t, 4> ports_{};
  std::array<std::uint16_t, 2> snmp_ports_{};
  std::array<std::uint16_t, 2> modbus_ports_{};
  std::thread thread_;
};

}  // namespace nightwatt::rack
