// NUT over a TCP connection that goes half-open, is reset, cut, slowed or never answered: the real
// daemon and real upsds, with a fault proxy before the primary of UPS-A.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/peers/real_upsd.h"
#include "tests/peers/tcp_fault_proxy.h"
#include "tests/process/network_story.h"

namespace nightwatt::process {
namespace {

using peers::CutEnd;
using peers::RealUpsd;
using peers::TcpFaultProxy;

class TcpFaultsStory : public NetworkStory {
 protected:
  void SetUp() override {
    if (const auto why = RealUpsd::missing(); !why.empty()) GTEST_SKIP() << why;
    a1.emplace();
    a2.emplace();
    b.emplace();
    for (RealUpsd* upsd : {&*a1, &*a2}) fill(*upsd, 41);
    fill(*b, 62);
    charges = {{"UPS-A", 41}, {"UPS-B", 62}};
    proxy.emplace(a1->port());
  }
  static void fill(RealUpsd& upsd, int charge) {
    upsd.set("ups1", "battery.charge", std::to_string(charge));
    upsd.set("ups1", "ups.status", "OL");
  }
  // `first`: settings of UPS-A's primary.
  void write_config(const std::string& first) {
    configure(fmt::format("  - {{id: nut-a1, host: 127.0.0.1, port: {}}}\n"
                          "  - {{id: nut-a2, host: 127.0.0.1, port: {}}}\n"
                          "  - {{id: nut-b, host: 127.0.0.1, port: {}}}\n",
                          proxy->port(), a2->port(), b->port()),
              {{"UPS-A", "      - {comm: nut-a1, unit: ups1, " + first +
                             "}\n"
                             "      - {comm: nut-a2, unit: ups1, retry_primary: 1s}\n"},
               {"UPS-B", "      - {comm: nut-b, unit: ups1}\n"}});
  }

  std::optional<RealUpsd> a1, a2, b;
  std::optional<TcpFaultProxy> proxy{};
};

TEST_F(TcpFaultsStory, AHalfOpenPrimaryIsLeftWithinItsTimersAndTakenBackAfterProbes) {
  more_of_ups.replace(more_of_ups.find("rise: 1"), 7, "rise: 2");
  write_config("message_timeout_ms: 300, initial_fail: 1s");
  begin();
  proxy->half_open(true);
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(watch([&] { return active_path("UPS-A") == 2; })) << told();
  const auto took = std::chrono::steady_clock::now() - began;
  // The last success was at most one interval before; the last time-out begins before the timer
  // is over and ends after it.
  EXPECT_GE(took, 700ms);
  EXPECT_GT(proxy->counts().swallowed, 0u);
  EXPECT_GE(failures("UPS-A", 1), 2u);
  EXPECT_NE(last_error("UPS-A", 1).find("no answer"), std::string::npos) << last_error("UPS-A", 1);

  // It takes connections and answers nothing: no reason to go back.
  const auto tried = attempts("UPS-A", 1);
  ASSERT_TRUE(watch([&] { return attempts("UPS-A", 1) > tried; })) << told();
  EXPECT_TRUE(watch_for(500ms)) << told();
  EXPECT_EQ(active_path("UPS-A"), 2);

  proxy->half_open(false);
  EXPECT_TRUE(watch([&] { return active_path("UPS-A") == 1; }, 30s)) << told();
  EXPECT_EQ(moves("UPS-A"), 2u) << told();
  EXPECT_EQ(failures("UPS-B", 1), 0u) << "costs the other one nothing";
  expect_no_harm();
}

TEST_F(TcpFaultsStory, AReplyThatEndsInTheMiddleIsOneFailureAndNoReasonToMove) {
  write_config("message_timeout_ms: 500, initial_fail: 10s");
  begin();
  for (const CutEnd how : {CutEnd::reset, CutEnd::close, CutEnd::silence}) {
    const auto before = failures("UPS-A", 1);
    proxy->set({.cut_at = 20, .cut_end = how});
    ASSERT_TRUE(watch([&] { return failures("UPS-A", 1) > before; })) << told();
    const std::string error = last_error("UPS-A", 1);
    EXPECT_NE(error.find(how == CutEnd::reset   ? "reset"
                         : how == CutEnd::close ? "closed"
                                                : "no answer"),
              std::string::npos)
        << error;
    proxy->heal();
    ASSERT_TRUE(answers_in_a_row("UPS-A", 3)) << told();
  }
  EXPECT_GE(proxy->counts().cut, 3);
  EXPECT_EQ(moves("UPS-A"), 0u) << told();
  expect_no_harm();
}

TEST_F(TcpFaultsStory, LatencyBelowTheTimeOutKeepsThePath) {
  write_config("message_timeout_ms: 1000, initial_fail: 10s");
  begin();
  proxy->set({.to_server = 200ms, .to_client = 300ms});
  ASSERT_TRUE(answers_in_a_row("UPS-A", 5)) << told();
  EXPECT_GT(path("UPS-A", 1)["latency_ms"].get<double>(), 100) << told();
  // Byte for byte, as through a line of a few hundred baud.
  proxy->set({.piece = 1, .piece_pause = 1ms});
  ASSERT_TRUE(answers_in_a_row("UPS-A", 4)) << told();
  EXPECT_EQ(moves("UPS-A"), 0u);
  expect_no_harm();
}

TEST_F(TcpFaultsStory, AStallShorterThanTheTimersIsNoMove) {
  write_config("message_timeout_ms: 300, initial_fail: 10s");
  begin();
  for (int round = 0; round < 3; ++round) {
    proxy->set({.stall_to_server = round % 2 == 0, .stall_to_client = round % 2 != 0});
    const auto failed = failures("UPS-A", 1);
    ASSERT_TRUE(watch([&] { return failures("UPS-A", 1) > failed; })) << told();
    proxy->heal();  // what was said meanwhile comes now
    ASSERT_TRUE(watch_for(300ms)) << told();
  }
  EXPECT_EQ(active_path("UPS-A"), 1);
  EXPECT_EQ(moves("UPS-A"), 0u);
  expect_no_harm();
}

TEST_F(TcpFaultsStory, APrimaryThatTakesConnectionsAndNeverAnswersFromTheStart) {
  write_config("message_timeout_ms: 300, initial_fail: 500ms");
  proxy->half_open(true);
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(wait_until([&] {
    return daemon.group("rack")["verdict"] == "protected" && active_path("UPS-A") == 2;
  })) << told();
  EXPECT_TRUE(watch_for(500ms)) << told();
  EXPECT_EQ(device("UPS-A")["reading"]["battery.charge"], 41);
  EXPECT_TRUE(daemon.events("plan_committed").empty());
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

TEST_F(TcpFaultsStory, ARefusedAndResetPrimaryIsLeftAtOnce) {
  write_config("message_timeout_ms: 2000, initial_fail: 0s");
  begin();
  proxy->refuse(true);
  proxy->reset();
  ASSERT_TRUE(watch([&] { return active_path("UPS-A") == 2; })) << told();
  EXPECT_TRUE(watch([&] { return last_error("UPS-A", 1).find("refused") != std::string::npos; }))
      << last_error("UPS-A", 1);
  expect_no_harm();
}

}  // namespace
}  // namespace nightwatt::process
