#include "io/system_clock.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <thread>

#include "io/cancellation.h"
#include "io/on_strand.h"
#include "io/process_identity.h"
#include "io/worker.h"

namespace nightwatt::io {
namespace {

TEST(SystemClock, WritesTimesAsRfc3339WithMilliseconds) {
  EXPECT_EQ(rfc3339(WallTime(Duration(0))), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(WallTime(Duration(1'763'633'700'250))), "2025-11-20T10:15:00.250Z");
  EXPECT_EQ(rfc3339(WallTime(Duration(-1))), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(WallTime(Duration::max())), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(WallTime(Duration::min())), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(compact_utc(WallTime(Duration(1'763'633'700'250))), "20251120T101500Z");
}

struct StoppedClock : ports::Clock {
  Instant now() const override { return Instant(Duration(10'000)); }
  WallTime wall_now() const override { return WallTime(Duration(1'000'000)); }
};

TEST(SystemClock, ConvertsByThePresentOffset) {
  const StoppedClock clock;
  EXPECT_EQ(clock.wall_of(Instant(Duration(9'000))), WallTime(Duration(999'000)));
  EXPECT_EQ(clock.instant_of(WallTime(Duration(999'000))), Instant(Duration(9'000)));
}

// The clocks are read one after the other: a millisecond of difference is noise, a step is not.
TEST(SystemClock, OneInstantIsAlwaysShownAsOneTimeUntilTheWallClockSteps) {
  struct MovedClock : ports::Clock {
    Instant now() const override { return Instant(Duration(10'000)); }
    WallTime wall_now() const override { return WallTime(Duration(1'000'000) + moved); }
    Duration moved{};
  };
  MovedClock clock;
  const Instant event{Duration(9'000)};
  EXPECT_EQ(clock.wall_of(event), WallTime(Duration(999'000)));
  clock.moved = Duration(1);
  EXPECT_EQ(clock.wall_of(event), WallTime(Duration(999'000)));
  clock.moved = Duration(-1);
  EXPECT_EQ(clock.wall_of(event), WallTime(Duration(999'000)));
  clock.moved = Duration(3'600'000);
  EXPECT_EQ(clock.wall_of(event), WallTime(Duration(4'599'000)));
}

TEST(SystemClock, NeverGoesBack) {
  const SystemClock clock;
  Instant last = clock.now();
  for (int i = 0; i < 1000; ++i) {
    const Instant now = clock.now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(ProcessIdentity, ReadsTheStartTimePastANastyCommandName) {
  const std::string tail =
      " S 1 812 812 0 -1 4194560 100 0 0 0 1 2 3 4 20 0 1 0 424242 1000 200 1844";
  EXPECT_EQ(start_time_in_stat("812 (nightwatt)" + tail), 424242u);
  EXPECT_EQ(start_time_in_stat("812 (a b) S (c) d)" + tail), 424242u);
  EXPECT_EQ(start_time_in_stat("812 ()" + tail), 424242u);
  EXPECT_EQ(start_time_in_stat("812 nightwatt" + tail), std::nullopt);
  EXPECT_EQ(start_time_in_stat("812 (x) S 1 2"), std::nullopt);
  EXPECT_EQ(start_time_in_stat(""), std::nullopt);
}

TEST(ProcessIdentity, KnowsItself) {
  const ProcessIdentity self = own_identity();
  ASSERT_TRUE(self.start_time.has_value());
  EXPECT_EQ(self.boot_id.size(), 36u);
  EXPECT_TRUE(is_running(self));
}

TEST(ProcessIdentity, TellsReusedPidsAndOtherBootsApart) {
  ProcessIdentity other = own_identity();
  other.start_time = *other.start_time + 1;
  EXPECT_FALSE(is_running(other));
  other = own_identity();
  other.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_FALSE(is_running(other));
  other = own_identity();
  other.start_time.reset();  // an identity that says less still means this process
  EXPECT_TRUE(is_running(other));
  EXPECT_FALSE(is_running({0, {}, {}}));
  EXPECT_FALSE(is_running({-1, {}, {}}));
}

TEST(Cancellation, EndsAWaitAtOnce) {
  Cancellation cancel;
  EXPECT_FALSE(cancel.wait_for(Duration(1)));
  std::thread other([&] { cancel.cancel(); });
  EXPECT_TRUE(cancel.wait_for(Duration(60'000)));
  other.join();
  EXPECT_TRUE(cancel.wait_for(Duration(60'000)));
}

TEST(Worker, FinishesItsQueueInOrder) {
  auto seen = std::make_shared<std::vector<int>>();
  Worker worker("test");
  for (int i = 0; i < 5; ++i) worker.post([seen, i] { seen->push_back(i); });
  EXPECT_TRUE(worker.stop(Duration(60'000)));
  EXPECT_EQ(*seen, (std::vector<int>{0, 1, 2, 3, 4}));
  worker.post([seen] { seen->push_back(9); });
  EXPECT_EQ(seen->size(), 5u);
}

TEST(Worker, LeavesAHangingJobBehind) {
  auto gate = std::make_shared<Cancellation>();
  auto done = std::make_shared<Cancellation>();
  Worker worker("test");
  worker.post([gate, done] {
    gate->wait_for(Duration(60'000));
    done->cancel();
  });
  EXPECT_FALSE(worker.stop(Duration(10)));
  gate->cancel();
  EXPECT_TRUE(done->wait_for(Duration(60'000)));
}

TEST(OnStrand, RunsTheSinkWhereTheContextRuns) {
  boost::asio::io_context io;
  std::thread::id ran_on;
  int count = 0;
  auto sink = on_strand(io, ports::EventSink([&](Event event) {
                          ran_on = std::this_thread::get_id();
                          if (std::holds_alternative<StopRequested>(event)) ++count;
                        }));
  std::thread other([&] { sink(StopRequested{}); });
  other.join();
  EXPECT_EQ(count, 0);
  io.run();
  EXPECT_EQ(count, 1);
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

}  // namespace
}  // namespace nightwatt::io
