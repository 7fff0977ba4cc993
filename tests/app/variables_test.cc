// What a device says besides its reading, in the API and among the metrics.
#include "app/variables_json.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include "app/metrics.h"
#include "io/system_clock.h"
#include "tests/app/fake_doors.h"

namespace nightwatt::app {
namespace {

// Answers each message with the same reading, and with texts when they are wanted.
class TalkingLink final : public ports::DeviceLink {
 public:
  TalkingLink(boost::asio::io_context& io, EngineLoop& loop) : io_(io), loop_(loop) {}
  void send(const SendMessage& message, const ports::Request& request) override {
    asked.push_back({message.path, request.texts});
    boost::asio::post(io_, [this, message, sink = request.sink] {
      if (sink != nullptr) sink->said(message.device, texts);
      loop_.post(MessageReplied{.transaction = message.transaction, .reading = reading});
    });
  }
  void cancel(Transaction /*transaction*/) override {}
  void close() override {}
  ports::LinkStats stats() const override { return {}; }

  struct Asked {
    PathRank path{};
    Texts texts{};
  };
  std::vector<Asked> asked{};
  std::vector<TextValue> texts{};
  Reading reading{};

 private:
  boost::asio::io_context& io_;
  EngineLoop& loop_;
};

core::Site one_device() {
  core::Site site;
  core::DeviceRule device;
  device.name = "UPS-A";
  for (std::uint32_t i = 0; i < 2; ++i) {
    core::CommRule comm;
    comm.name = i == 0 ? "nut-a" : "nut-b";
    site.comms.push_back(comm);
    core::PathRule path;
    path.comm = CommId{i};
    path.unit = "ups1";
    device.paths.push_back(path);
  }
  site.devices.push_back(device);
  core::MemberRule member;
  member.device = DeviceId{0};
  site.members.push_back(member);
  site.other_variables = {"ups.realpower"};
  return site;
}

class Variables : public testing::Test {
 protected:
  Variables() : loop(io, core::Engine(one_device(), RunId{1}, clock.now()), clock) {
    plates.watch(1);
    loop.doors().links = {std::make_shared<TalkingLink>(io, loop),
                          std::make_shared<TalkingLink>(io, loop)};
    loop.doors().plans.show_all(DeviceId{0});
    loop.doors().nameplates = &plates;
    loop.doors().journal = &journal;
    loop.doors().tell = [](const Notice&) {};
    link(0).reading.status = parse_status("OL");
    link(0).reading.values.set(Variable::battery_charge, 90);
    link(0).reading.others.push_back({VariableId{first_other_variable}, 250});
  }
  ~Variables() override { loop.stop(); }
  TalkingLink& link(std::size_t i) { return static_cast<TalkingLink&>(*loop.doors().links[i]); }
  void run_until_polled() {
    loop.start();
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (loop.engine().newest_reading(DeviceId{0}) == nullptr) {
      io.restart();
      io.run_one_until(limit);
      ASSERT_LT(std::chrono::steady_clock::now(), limit);
    }
  }

  boost::asio::io_context io{1};
  io::SystemClock clock{};
  Nameplates plates{clock};
  NoJournal journal{};
  EngineLoop loop;
};

// A scrape refuses a whole page on which one series stands twice.
TEST_F(Variables, ANameOfTheReadingIsNotShownAgainWithAnOlderValue) {
  link(0).texts = {{"battery.charge", "80"},     {"ups.status", "OB"}, {"UPS.RealPower", "200"},
                   {"ups.delay.shutdown", "20"}, {"ups.serial", "A1"}, {"ups.mode", "eco"}};
  run_until_polled();
  nlohmann::ordered_json device;
  add_variables(device, loop, DeviceId{0}, clock);
  EXPECT_EQ(device["variables"].size(), 2u) << device;
  EXPECT_EQ(device["variables"]["ups.delay.shutdown"]["value"], 20);
  EXPECT_EQ(device["variables"]["ups.mode"]["value"], "eco");
  EXPECT_EQ(device["identity"]["ups.serial"], "A1");
  const auto numbers = numbers_beside_engine(loop, DeviceId{0});
  ASSERT_EQ(numbers.size(), 1u);
  EXPECT_EQ(numbers[0].name, "ups.delay.shutdown");
}

TEST_F(Variables, TextsAreOfTheActivePath) {
  run_until_polled();
  plates.watch(1);  // due again
  loop.with_engine([](core::Engine&, Instant, Effects& effects) {
    SendMessage probe;
    probe.transaction = Transaction{99};
    probe.comm = CommId{1};
    probe.device = DeviceId{0};
    probe.path = PathRank{2};
    effects.push_back(probe);
  });
  ASSERT_FALSE(link(0).asked.empty());
  EXPECT_EQ(link(0).asked[0].texts, Texts::all);
  ASSERT_EQ(link(1).asked.size(), 1u);
  EXPECT_EQ(link(1).asked[0].texts, Texts::none);
}

}  // namespace
}  // namespace nightwatt::app
