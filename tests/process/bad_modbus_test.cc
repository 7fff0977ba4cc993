// Wrong answers over Modbus, from libmodbus through a fault proxy: TCP, a shared line behind a
// serial device server, a serial port that goes.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/peers/free_port.h"
#include "tests/peers/real_modbus.h"
#include "tests/peers/socat.h"
#include "tests/peers/tcp_fault_proxy.h"
#include "tests/process/bad_input_story.h"
#include "wire/modbus/crc.h"

namespace nightwatt::process {
namespace {

using peers::RealModbus;
using peers::Socat;
using peers::TcpFaultProxy;

struct Spoilt {
  const char* what;
  std::function<void(std::string&)> how;
  const char* error;
};

TEST_F(BadInput, OfAModbusTcpDevice) {
  const std::uint16_t port = peers::free_port();
  RealModbus ups(port);
  ups.set_ups(41);
  TcpFaultProxy proxy(port);
  configure_one(fmt::format("driver: modbus, port: {}", proxy.port()),
                ", unit: 1, profile: simulated-ups-modbus");
  begin();
  const Spoilt table[] = {
      {"transaction", [](std::string& reply) { reply[1] ^= 0x40; }, "transaction"},
      {"unit", [](std::string& reply) { reply[6] ^= 0x40; }, "unit 65 instead of 1"},
      {"function", [](std::string& reply) { reply[7] ^= 0x01; }, "function"},
      {"protocol", [](std::string& reply) { reply[2] ^= 0x40; }, "protocol"},
      {"short frame",
       [](std::string& reply) {
         reply.resize(reply.size() - 4);
         reply[5] = static_cast<char>(reply.size() - 6);
       },
       "unit 1: "},
      {"gateway", [](std::string& reply) { reply = reply.substr(0, 5) + "\x03\x01\x83\x0b"; },
       "exception 11"},
  };
  for (const Spoilt& kind : table) {
    SCOPED_TRACE(kind.what);
    proxy.set({.alter = kind.how});
    expect_counted(kind.error);
    proxy.heal();
    expect_read_again();
  }
  proxy.set({.cut_at = 12, .cut_end = peers::CutEnd::silence});
  expect_counted("no answer");
  proxy.heal();
  expect_read_again();
  expect_no_harm();
}

// The path works, so nothing fails and nobody moves; there is no reading either.
TEST_F(BadInput, AnExceptionOfTheDeviceIsAnAttemptAndNoFailureOfThePath) {
  const std::uint16_t port = peers::free_port();
  RealModbus ups(port);
  ups.set_ups(41);
  TcpFaultProxy proxy(port);
  configure_one(fmt::format("driver: modbus, port: {}", proxy.port()),
                ", unit: 1, profile: simulated-ups-modbus");
  begin();
  proxy.set({.alter = [](std::string& reply) { reply = reply.substr(0, 5) + "\x03\x01\x83\x02"; }});
  ASSERT_TRUE(answers_in_a_row("UPS-A", 3)) << told();
  EXPECT_TRUE(watch([&] { return device("UPS-A")["reading_age_s"].get<double>() > 0.8; }))
      << "what was read before is not refreshed\n"
      << told();
  proxy.heal();
  EXPECT_TRUE(watch([&] { return device("UPS-A")["reading_age_s"].get<double>() < 0.3; }))
      << told();
  expect_no_harm();
}

// A serial device server, behind which the line has noise and other devices.
TEST_F(BadInput, OfASharedModbusLine) {
  if (const auto why = Socat::missing(); !why.empty()) GTEST_SKIP() << why;
  const std::string near = daemon.file("near"), far = daemon.file("far");
  Socat line(Socat::line(near, far), {near, far});
  RealModbus ups(far, 7);
  ups.set_ups(41);
  const std::uint16_t port = peers::free_port();
  Socat server({fmt::format("tcp-listen:{},bind=127.0.0.1,fork,reuseaddr", port),
                "open:" + near + ",raw,echo=0"},
               {});
  TcpFaultProxy proxy(port);
  configure_one(fmt::format("driver: modbus, framing: rtu_over_tcp, port: {}", proxy.port()),
                ", unit: 7, profile: simulated-ups-modbus");
  begin();
  const Spoilt table[] = {
      {"CRC", [](std::string& lot) { lot.back() ^= 0x10; }, "CRC"},
      {"another device",
       [](std::string& lot) {
         // Exception 2 of unit 9, with the CRC that belongs to it.
         lot = std::string("\x09\x83\x02", 3);
         const auto sum =
             wire::modbus::crc16({reinterpret_cast<const std::uint8_t*>(lot.data()), lot.size()});
         lot += static_cast<char>(sum & 0xFF);
         lot += static_cast<char>(sum >> 8);
       },
       "unit 9 instead of 7"},
      {"short frame", [](std::string& lot) { lot.resize(lot.size() / 2); }, "short frame"},
  };
  for (const Spoilt& kind : table) {
    SCOPED_TRACE(kind.what);
    proxy.set({.alter = kind.how});
    expect_counted(kind.error);
    proxy.heal();
    expect_read_again();
  }
  expect_no_harm();
}

TEST_F(BadInput, ASerialPortThatDisappearsAndReturns) {
  if (const auto why = Socat::missing(); !why.empty()) GTEST_SKIP() << why;
  const std::string ours = daemon.file("ours"), theirs = daemon.file("theirs");
  Socat line(Socat::line(ours, theirs), {ours, theirs});
  std::optional<RealModbus> ups(std::in_place, theirs, 7);
  ups->set_ups(41);
  configure("  - {id: line, driver: modbus, serial: " + ours + "}\n",
            {{"UPS-A",
              "      - {comm: line, unit: 7, profile: simulated-ups-modbus,"
              " message_timeout_ms: 300, initial_fail: 0s}\n"}});
  begin();
  for (int round = 0; round < 2; ++round) {
    ups.reset();
    line.kill();
    expect_counted("no such port");
    line.start();
    ups.emplace(theirs, 7);
    ups->set_ups(41);
    expect_read_again();
  }
  expect_no_harm();
}

}  // namespace
}  // namespace nightwatt::process
