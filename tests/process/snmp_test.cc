// A UPS whose management card speaks SNMP: read, and heard when it has something to say.
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include "rack/snmp_agent.h"
#include "tests/peers/free_port.h"
#include "tests/process/daemon_process.h"

namespace nightwatt::process {
namespace {

// The card on a thread of its own.
class Card {
 public:
  Card() : thread_([this] { io_.run(); }) {}
  ~Card() {
    io_.stop();
    thread_.join();
  }
  void with(const std::function<void()>& action) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      action();
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};

 public:
  rack::SimulatedUps ups{};
  rack::SnmpAgent agent{io_, ups};

 private:
  std::thread thread_;
};

constexpr const char* profile =
    "profile: card\nprotocol: snmp\nvariables:\n"
    "  - variable: ups.status\n    oid: 1.3.6.1.2.1.33.1.4.1.0\n    values: {3: OL, 5: OB}\n"
    "  - {variable: battery.charge, oid: 1.3.6.1.2.1.33.1.2.4.0}\n";

TEST(SnmpDaemon, ATrapIsFollowedByAPollAtOnce) {
  using boost::asio::ip::udp;
  Card card;
  const std::uint16_t traps = peers::free_port();
  DaemonProcess daemon;
  peers::write_file(daemon.file("card.yaml"), profile);
  daemon.environment = {"READ_COMMUNITY=public"};
  daemon.write_config(
      "comm_devices:\n  - {id: card, driver: snmp, host: 127.0.0.1, port: " +
      std::to_string(card.agent.port()) +
      ", community_env: READ_COMMUNITY, profile: card}\nprofile_files: [card.yaml]\n"
      "snmp_traps: {listen: '127.0.0.1:" +
      std::to_string(traps) +
      "'}\nups:\n  - {name: UPS-A, check_interval: 1h, paths: [{comm: card}]}\n");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  const auto state = [&] { return daemon.device("UPS-A")["state"]; };
  ASSERT_TRUE(daemon.wait([&] { return state() == "HEALTHY"; })) << daemon.log();

  card.with([&] {
    card.ups.set_feed(false);
    card.agent.notify(udp::endpoint(boost::asio::ip::address_v4::loopback(), traps),
                      *wire::snmp::parse_oid("1.3.6.1.2.1.33.2.0.1"));
  });
  EXPECT_TRUE(
      daemon.wait([&] { return daemon.device("UPS-A")["on_battery_since"].is_string(); }, 10s))
      << daemon.log() << daemon.device("UPS-A").dump(2);
  EXPECT_EQ(daemon.terminate(), 0);
}

TEST(SnmpDaemon, APortThatIsTakenIsNoReasonNotToWatch) {
  using boost::asio::ip::udp;
  Card card;
  boost::asio::io_context io;
  const udp::socket taken(io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  DaemonProcess daemon;
  peers::write_file(daemon.file("card.yaml"), profile);
  daemon.environment = {"READ_COMMUNITY=public"};
  daemon.write_config(
      "comm_devices:\n  - {id: card, driver: snmp, host: 127.0.0.1, port: " +
      std::to_string(card.agent.port()) +
      ", community_env: READ_COMMUNITY, profile: card}\nprofile_files: [card.yaml]\n"
      "snmp_traps: {listen: '127.0.0.1:" +
      std::to_string(taken.local_endpoint().port()) +
      "'}\nups:\n  - {name: UPS-A, paths: [{comm: card}]}\n");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(daemon.wait([&] { return daemon.device("UPS-A")["state"] == "HEALTHY"; }));
  EXPECT_TRUE(daemon.logged("nobody listens")) << daemon.log();
}

}  // namespace
}  // namespace nightwatt::process
