#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/check.h"
#include "tests/io/modbus/modbus_story.h"
#include "wire/modbus/command.h"
#include "wire/modbus/crc.h"

// One serial line with several devices, played byte by byte: what late, foreign, damaged and cut
// replies do to the messages behind them.
namespace nightwatt::io {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

// The devices' end of the line. Every request is 8 bytes; `on_request` answers it or does not.
struct Line {
  explicit Line(boost::asio::io_context& context) : io(context), master(context) {
    const int fd = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    NW_CHECK(fd >= 0 && ::grantpt(fd) == 0 && ::unlockpt(fd) == 0);
    path = ::ptsname(fd);
    // Held open, so that the line exists when nobody has it open yet.
    holder = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios raw{};
    ::tcgetattr(holder, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(holder, TCSANOW, &raw);
    master.assign(fd);
    read();
  }
  ~Line() { ::close(holder); }

  void read() {
    master.async_read_some(boost::asio::buffer(in), [this](const auto& ec, std::size_t size) {
      if (ec) return;
      got.insert(got.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(size));
      while (got.size() >= 8) {
        const Bytes request(got.begin(), got.begin() + 8);
        got.erase(got.begin(), got.begin() + 8);
        heard_at.push_back(Clock::now());
        requests.push_back(request);
        if (on_request) on_request(request);
      }
      read();
    });
  }
  void say(const Bytes& bytes) {
    said_at.push_back(Clock::now());
    NW_CHECK(::write(master.native_handle(), bytes.data(), bytes.size()) ==
             static_cast<ssize_t>(bytes.size()));
  }
  void say_after(int milliseconds, const Bytes& bytes) {
    auto timer =
        std::make_shared<boost::asio::steady_timer>(io, std::chrono::milliseconds(milliseconds));
    timer->async_wait([this, timer, bytes](const auto&) { say(bytes); });
  }

  boost::asio::io_context& io;
  boost::asio::posix::stream_descriptor master;
  std::string path;
  int holder = -1;
  std::array<std::uint8_t, 256> in{};
  Bytes got{};
  std::vector<Bytes> requests{};
  std::vector<Clock::time_point> heard_at{};
  std::vector<Clock::time_point> said_at{};
  std::function<void(const Bytes&)> on_request{};
};

// A good reply to any read: on line, `charge`, the rest zero.
Bytes reply_to(const Bytes& request, std::uint16_t charge) {
  const auto function = static_cast<wire::modbus::Function>(request[1]);
  auto frame = wire::modbus::Frame::rtu(request[0]);
  std::vector<std::uint16_t> words(request[5], 0);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t address = request[3] + i;
    if (address == 0) words[i] = 1;
    if (address == 1) words[i] = charge;
    if (address == 17) words[i] = 2'000;
  }
  wire::modbus::put_registers(frame, function, words);
  frame.finish();
  return {frame.bytes().begin(), frame.bytes().end()};
}

class SharedLine : public testing::Test {
 protected:
  ModbusStory story;
  Line line{story.io};
  std::string prefix = "line-1 (" + line.path + "): ";

  SharedLine() {
    story.open({.name = "line-1", .line = {.framing = ModbusFraming::rtu, .serial = line.path}});
    line.on_request = [this](const Bytes& request) { line.say(reply_to(request, request[0])); };
  }
  // Of the same size, so that one's reply could pass for the other's.
  void read_two_blocks() {
    story.profile.items = {status_item(),
                           number_item(Variable::battery_charge, 1, profile::NumberType::u16),
                           number_item(Variable::ups_temperature, 100, profile::NumberType::u16),
                           number_item(Variable::output_voltage, 101, profile::NumberType::u16)};
    story.plan = profile::plan(story.profile, {});
    ASSERT_EQ(story.plan.messages.size(), 2u);
    ASSERT_EQ(story.plan.messages[0].count, story.plan.messages[1].count);
  }
};

TEST_F(SharedLine, EachDeviceAnswersForItself) {
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(story.poll("3"), "replied OL 3");
    EXPECT_EQ(story.poll("7"), "replied OL 7");
  }
  EXPECT_EQ(story.link->stats().failures, 0u);
}

TEST_F(SharedLine, BetweenFramesThereIsAtLeastT35) {
  for (int i = 0; i < 10; ++i) ASSERT_EQ(story.poll("3"), "replied OL 3");
  for (std::size_t i = 1; i < line.heard_at.size(); ++i) {
    const auto pause = line.heard_at[i] - line.said_at[i - 1];
    EXPECT_GE(pause, std::chrono::microseconds(2'000));  // 19200 8E1: 3.5 characters are 2.006 ms
  }
}

TEST_F(SharedLine, ALateReplyOfAnotherDeviceIsNotTakenForTheCurrentOne) {
  line.on_request = [this](const Bytes& request) {
    const Bytes reply = reply_to(request, request[0]);
    request[0] == 3 ? line.say_after(100, reply) : line.say_after(120, reply);
  };
  story.give_up("3", 40);  // its reply comes while 7 is being asked
  EXPECT_EQ(story.poll("7"), "replied OL 7");
  EXPECT_EQ(story.poll("7"), "replied OL 7");
}

// Same unit, same function, same length: nothing in the late reply tells that it answers an older
// request for other registers.
TEST_F(SharedLine, ALateReplyOfTheSameDeviceIsAwaitedBeforeSomethingElseIsAsked) {
  read_two_blocks();
  int asked = 0;
  line.on_request = [&](const Bytes& request) {
    line.say_after(++asked == 1 ? 150 : 0, reply_to(request, 55));
  };
  story.give_up("3", 120, 0);  // the late one would come 30 ms into the next message
  const Transaction second = story.send("3", Duration(1'000), 1);
  ASSERT_TRUE(story.answered(1));
  ASSERT_EQ(ModbusStory::text(story.events[0], second), "replied -");
  const auto& values = std::get<MessageReplied>(story.events[0]).reading.values;
  EXPECT_EQ(values.get(Variable::ups_temperature), 0.0);
  EXPECT_EQ(values.get(Variable::output_voltage), 0.0);
  EXPECT_EQ(line.requests.size(), 2u);
}

TEST_F(SharedLine, ARetryOfTheSameRequestDoesNotWait) {
  int asked = 0;
  line.on_request = [&](const Bytes& request) {
    if (++asked > 1) line.say(reply_to(request, 55));
  };
  story.give_up("3", 400);
  const auto before = Clock::now();
  EXPECT_EQ(story.poll("3", Duration(400)), "replied OL 55");
  EXPECT_LT(Clock::now() - before, std::chrono::milliseconds(150));
}

TEST_F(SharedLine, EachDamagedReplySaysWhatIsWrongAndTheLineGoesOn) {
  struct Row {
    std::function<void(Bytes&)> damage;
    std::string why;
  };
  const auto crc = [](Bytes& bytes) {
    bytes.resize(bytes.size() - 2);
    const std::uint16_t right = wire::modbus::crc16(bytes);
    bytes.push_back(static_cast<std::uint8_t>(right & 0xFF));
    bytes.push_back(static_cast<std::uint8_t>(right >> 8));
  };
  const std::vector<Row> rows{
      {[](Bytes& b) { b[5] ^= 1; }, "wrong CRC: "},
      {[&](Bytes& b) { b[0] = 9, crc(b); }, "reply of unit 9 instead of 3"},
      {[&](Bytes& b) { b[1] = 3, crc(b); }, "function 3 instead of function 4"},
      {[&](Bytes& b) { b.resize(b.size() - 2), b[2] -= 2, crc(b); },
       "34 bytes of data instead of 36"},
      {[](Bytes& b) { b.resize(10); }, "short frame: 10 of 41 bytes, then silence"},
      {[](Bytes& b) { b.assign(200, 0x55); }, "function 85, which nobody asked for"}};
  for (const Row& row : rows) {
    line.on_request = [&](const Bytes& request) {
      Bytes reply = reply_to(request, 3);
      row.damage(reply);
      line.say(reply);
    };
    const std::string got = story.poll("3");
    EXPECT_TRUE(got.starts_with("bad_reply: " + prefix + "unit 3: " + row.why)) << got;
    line.on_request = [this](const Bytes& request) { line.say(reply_to(request, request[0])); };
    EXPECT_EQ(story.poll("7"), "replied OL 7");
  }
  EXPECT_EQ(story.link->stats().connects, 1u);
}

TEST_F(SharedLine, NoiseBeforeARequestOnlyDelaysIt) {
  ASSERT_EQ(story.poll("3"), "replied OL 3");
  line.say({1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(story.poll("3"), "replied OL 3");
  EXPECT_EQ(story.link->stats().failures, 0u);
}

// What has to be awaited may last longer than the message: it was not sent then, and an order may
// go over another path.
TEST_F(SharedLine, AMessageThatWaitsForTheLineWasNotSent) {
  read_two_blocks();
  line.on_request = {};
  const Transaction late = story.send("3", Duration(2'000), 0);
  ASSERT_TRUE(story.until([&] { return line.requests.size() == 1; }));
  story.link->cancel(late);  // its reply may come for half a second
  const Transaction sent = story.send("3", Duration(200), 1);
  ASSERT_TRUE(story.answered(1));
  EXPECT_EQ(ModbusStory::text(story.events.back(), sent),
            "timed_out (not sent): " + prefix + "unit 3: the line was not quiet for 200 ms");
  story.settle(600);
  EXPECT_EQ(line.requests.size(), 1u);
  line.on_request = [this](const Bytes& request) { line.say(reply_to(request, request[0])); };
  EXPECT_EQ(story.poll("3"), "replied OL 3");
}

TEST_F(SharedLine, ExceptionsOfTheDeviceAreSuccessesOfThePath) {
  line.on_request = [this](const Bytes& request) {
    auto frame = wire::modbus::Frame::rtu(request[0]);
    wire::modbus::put_exception(frame, request[1], 2);
    frame.finish();
    line.say({frame.bytes().begin(), frame.bytes().end()});
  };
  EXPECT_EQ(story.poll("3"), "refused by it: " + prefix +
                                 "unit 3: exception 2 (illegal data address) reading input "
                                 "30001..30018");
}

TEST_F(SharedLine, BytesOneByOneAreAReplyAsLongAsTheyFollowEachOther) {
  line.on_request = [this](const Bytes& request) {
    const Bytes reply = reply_to(request, 3);
    for (std::size_t i = 0; i < reply.size(); ++i) {
      line.say_after(static_cast<int>(2 * i), {reply[i]});
    }
  };
  EXPECT_EQ(story.poll("3"), "replied OL 3");
}

TEST_F(SharedLine, AMuteDeviceCostsItsTimeOutAndNothingElse) {
  line.on_request = [this](const Bytes& request) {
    if (request[0] != 9) line.say(reply_to(request, request[0]));
  };
  for (int round = 0; round < 3; ++round) {
    story.give_up("9", 30);
    const auto before = Clock::now();
    EXPECT_EQ(story.poll("3"), "replied OL 3");
    EXPECT_LT(Clock::now() - before, std::chrono::milliseconds(200));
  }
}

}  // namespace
}  // namespace nightwatt::io
