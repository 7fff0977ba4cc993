#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "io/system_clock.h"
#include "io/tcp.h"
#include "tests/io/modbus/modbus_story.h"
#include "tests/peers/free_port.h"
#include "tests/peers/real_modbus.h"
#include "tests/peers/socat.h"
#include "tests/peers/temp_dir.h"
#include "wire/modbus/reply_reader.h"

#include <poll.h>
#include <sys/socket.h>

// The same driver against libmodbus: a server that we did not write, over TCP, over a serial line
// (a pair of pseudo terminals) and over a serial line behind a device server (socat).
namespace nightwatt::io {
namespace {

using peers::RealModbus;
using peers::Socat;
namespace modbus = wire::modbus;

void fill(RealModbus& server, std::uint16_t charge) {
  server.set_input(0, 1);  // on line
  server.set_input(1, charge);
  server.set_input(17, 2'300);
}

TEST(RealModbusTcp, IsReadAndWritten) {
  ModbusStory story;
  const std::uint16_t port = peers::free_port();
  RealModbus server(port);
  fill(server, 87);
  story.open(port);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(story.poll(), "replied OL 87");
  EXPECT_EQ(story.control(ControlKind::command, "test.battery.start"), "replied -");
  EXPECT_EQ(server.holding(100), 1);
  server.set_coil(0, true);
  EXPECT_EQ(story.control(ControlKind::command, "beeper.disable"), "replied -");
  EXPECT_FALSE(server.coil(0));
  EXPECT_EQ(story.control(ControlKind::write, "ups.delay.shutdown", "-1"), "replied -");
  EXPECT_EQ(server.holding(101), 0xFFFF);
  EXPECT_TRUE(story.control(ControlKind::command, "wrong.place")
                  .ends_with("exception 2 (illegal data address) writing holding 40901"));
  EXPECT_EQ(story.link->stats().connects, 1u);
}

// Each of our functions, request and reply, with the library that most devices' makers test with.
TEST(RealModbusTcp, UnderstandsEachFunctionAndWeItsReplies) {
  const std::uint16_t port = peers::free_port();
  RealModbus server(port);
  server.set_coil(3, true);
  server.set_discrete(4, true);
  server.set_holding(5, 0x1234);
  server.set_input(6, 0xABCD);
  const SystemClock clock;
  const Cancellation never;
  const Instant until = clock.now() + Duration(5'000);
  const auto addresses = resolve("127.0.0.1", port, until, never);
  ASSERT_TRUE(addresses);
  const auto socket = connect_tcp(*addresses, until, never);
  ASSERT_TRUE(socket);
  static const std::vector<std::uint16_t> one{1}, value{77}, coils{1, 0, 1}, words{8, 9};
  using modbus::Function;
  const std::vector<modbus::Request> requests{
      {.function = Function::read_coils, .address = 0, .count = 10},
      {.function = Function::read_discrete_inputs, .address = 0, .count = 10},
      {.function = Function::read_holding_registers, .address = 5, .count = 2},
      {.function = Function::read_input_registers, .address = 6, .count = 1},
      {.function = Function::write_coil, .address = 20, .values = one},
      {.function = Function::write_register, .address = 20, .values = value},
      {.function = Function::write_coils, .address = 30, .count = 3, .values = coils},
      {.function = Function::write_registers, .address = 30, .count = 2, .values = words},
      {.function = Function::read_write_registers,
       .address = 30,
       .count = 2,
       .values = value,
       .write_address = 31}};
  std::vector<std::string> data;
  for (std::uint16_t i = 0; i < requests.size(); ++i) {
    const auto frame = modbus::tcp_request(i, 1, requests[i]);
    ASSERT_GT(::send(socket->get(), frame.bytes().data(), frame.bytes().size(), MSG_NOSIGNAL), 0);
    modbus::ReplyReader reader;
    reader.expect(modbus::Framing::tcp, i, 1, requests[i]);
    modbus::Progress progress = modbus::Progress::more;
    std::array<std::uint8_t, 300> buffer{};
    while (progress == modbus::Progress::more) {
      ASSERT_TRUE(wait_for_fd(socket->get(), POLLIN, until, never));
      const ssize_t got = ::recv(socket->get(), buffer.data(), buffer.size(), 0);
      ASSERT_GT(got, 0);
      std::span<const std::uint8_t> chunk(buffer.data(), static_cast<std::size_t>(got));
      progress = reader.feed(chunk);
    }
    ASSERT_EQ(progress, modbus::Progress::done) << reader.text();
    ASSERT_FALSE(reader.exception());
    std::string text;
    for (const std::uint8_t byte : reader.data()) text += std::to_string(byte) + " ";
    data.push_back(text);
  }
  EXPECT_EQ(data, (std::vector<std::string>{"8 0 ", "16 0 ", "18 52 0 0 ", "171 205 ", "", "", "",
                                            "", "0 8 0 77 "}));
  EXPECT_TRUE(server.coil(20) && server.coil(30) && !server.coil(31) && server.coil(32));
  EXPECT_EQ(server.holding(20), 77);
}

class RealModbusLine : public testing::Test {
 protected:
  peers::TempDir dir;
  std::string ours = dir.file("ours");
  std::string theirs = dir.file("theirs");
  ModbusStory story;

  void SetUp() override {
    if (const auto why = Socat::missing(); !why.empty()) GTEST_SKIP() << why;
  }
  void open_serial() {
    story.open({.name = "line-1", .line = {.framing = ModbusFraming::rtu, .serial = ours}});
  }
};

TEST_F(RealModbusLine, IsReadAndWrittenOverASerialPort) {
  Socat line(Socat::line(ours, theirs), {ours, theirs});
  RealModbus server(theirs, 7);
  fill(server, 64);
  open_serial();
  for (int i = 0; i < 10; ++i) ASSERT_EQ(story.poll("7"), "replied OL 64");
  EXPECT_EQ(story.link->stats().bytes_out, 10 * 8u);  // no more than the requests
  EXPECT_EQ(story.control(ControlKind::write, "ups.delay.shutdown", "30", "7"), "replied -");
  EXPECT_EQ(server.holding(101), 30);
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(RealModbusLine, APortThatDisappearsAndReturnsIsReopened) {
  open_serial();
  const std::string prefix = "line-1 (" + ours + "): ";
  EXPECT_EQ(story.poll("7"), "unreachable (not sent): " + prefix + "no such port");
  Socat line(Socat::line(ours, theirs), {ours, theirs});
  const auto comes_back = [&](std::uint16_t charge) {
    RealModbus server(theirs, 7);
    fill(server, charge);
    const std::string wanted = "replied OL " + std::to_string(charge);
    return story.until([&] { return story.poll("7") == wanted; });
  };
  EXPECT_TRUE(comes_back(50));
  line.kill();
  story.settle();
  EXPECT_FALSE(story.link->stats().connected);
  EXPECT_EQ(story.poll("7"), "unreachable (not sent): " + prefix + "no such port");
  line.start();
  EXPECT_TRUE(comes_back(51));
  // It goes while a reply is awaited. A port that nobody has open at its other end is a terminal
  // again, and echoes.
  const RealModbus silent(theirs, 7);
  const Transaction waiting = story.send("9");
  story.settle(50);
  line.kill();
  const std::size_t before = story.events.size();
  EXPECT_TRUE(story.answered(before + 1));
  const std::string got = ModbusStory::text(story.events.back(), waiting);
  EXPECT_TRUE(got.starts_with("unreachable")) << got;
}

TEST_F(RealModbusLine, IsReadThroughASerialDeviceServer) {
  const std::uint16_t port = peers::free_port();
  Socat line(Socat::line(ours, theirs), {ours, theirs});
  RealModbus server(theirs, 7);
  fill(server, 33);
  Socat device_server({"tcp-listen:" + std::to_string(port) + ",bind=127.0.0.1,reuseaddr,fork",
                       ours + ",raw,echo=0"},
                      {});
  story.open(port, ModbusFraming::rtu_over_tcp);
  ASSERT_TRUE(story.until([&] { return story.poll("7") == "replied OL 33"; }));
  for (int i = 0; i < 10; ++i) ASSERT_EQ(story.poll("7"), "replied OL 33");
  EXPECT_EQ(story.control(ControlKind::command, "test.battery.start", "", "7"), "replied -");
  EXPECT_EQ(server.holding(100), 1);
  device_server.kill();
}

TEST_F(RealModbusLine, APortThatIsNoneOrInUseSaysSo) {
  const auto problem = [&](const std::string& path, int baud = 9'600) {
    story.open(
        {.name = "line-1", .line = {.framing = ModbusFraming::rtu, .serial = path, .baud = baud}});
    return story.poll("7");
  };
  const auto says = [](const std::string& path, const std::string& why) {
    return "unreachable (not sent): line-1 (" + path + "): " + why;
  };
  peers::write_file(dir.file("file"), "");
  EXPECT_EQ(problem(dir.file("file")), says(dir.file("file"), "not a serial port"));
  Socat line(Socat::line(ours, theirs), {ours, theirs});
  EXPECT_EQ(problem(ours, 12'345), says(ours, "12345 baud is no speed of serial ports"));
  open_serial();
  story.give_up("7", 50);
  const auto first = story.link;
  EXPECT_EQ(problem(ours), says(ours, "in use by another program"));
}

}  // namespace
}  // namespace nightwatt::io
