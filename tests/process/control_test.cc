// Orders to a device, from the command line to the wire and back: a simulated UPS over Modbus.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/process/ordered_ups.h"

namespace nightwatt::process {
namespace {

using rack::Feed;
using rack::ModbusFault;
using rack::Rack;

class Control : public OrderedUps {
 protected:
  void SetUp() override { begin(); }
};

TEST_F(Control, AnAllowedCommandIsCarriedOutOnceAndSaysSo) {
  const Finished done = order({"beeper.enable"});
  EXPECT_EQ(done.code, 0) << done.out << daemon.log();
  EXPECT_NE(done.out.find("ok"), std::string::npos) << done.out;
  EXPECT_EQ(beeps(), 1u);
  const Finished list = run({"orders", "--socket", daemon.file("sock")});
  EXPECT_NE(list.out.find("UPS-A: beeper.enable, by "), std::string::npos) << list.out;
  EXPECT_NE(list.out.find("primary path (modbus-a)"), std::string::npos) << list.out;
}

TEST_F(Control, WhatIsNotAllowedIsRefusedAndNothingIsSent) {
  const Finished done = order({"load.off"});
  EXPECT_EQ(done.code, 1);
  EXPECT_NE(done.err.find("refused"), std::string::npos) << done.out << done.err;
  EXPECT_EQ(beeps(), 0u);
}

TEST_F(Control, ADryRunSaysThePathAndSendsNothing) {
  const Finished done = order({"beeper.enable", "--dry-run"});
  EXPECT_EQ(done.code, 0) << done.out;
  EXPECT_NE(done.out.find("nothing was sent"), std::string::npos) << done.out;
  EXPECT_EQ(beeps(), 0u);
}

TEST_F(Control, ADeviceThatRefusesIsQuoted) {
  rack.with([](Rack& r) { r.modbus(Feed::a).set_fault(ModbusFault::busy); });
  const Finished done = order({"test.battery.start"});
  EXPECT_EQ(done.code, 1) << done.out;
  EXPECT_NE(done.out.find("exception 6"), std::string::npos) << done.out << done.err;
}

TEST_F(Control, AnAnswerThatNeverComesIsUnknownAndNotSentAgain) {
  rack.with([](Rack& r) { r.modbus(Feed::a).set_fault(ModbusFault::mute); });
  const Finished done = order({"test.battery.start", "--expires", "5s"});
  EXPECT_EQ(done.code, 1) << done.out;
  EXPECT_NE(done.out.find("unknown"), std::string::npos) << done.out << done.err;
}

TEST_F(Control, TheAuditKeepsWhoAskedForWhatAndWhatCameOfIt) {
  EXPECT_EQ(order({"beeper.enable"}).code, 0);
  EXPECT_EQ(order({"load.off"}).code, 1);
  daemon.terminate();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(daemon.file("state/journal.db").c_str(), &database), SQLITE_OK);
  std::vector<std::string> rows;
  const auto collect = [](void* out, int, char** values, char**) {
    static_cast<std::vector<std::string>*>(out)->push_back(
        fmt::format("{} {}", values[0], values[1]));
    return 0;
  };
  sqlite3_exec(database, "SELECT name, outcome FROM audit ORDER BY id", collect, &rows, nullptr);
  sqlite3_close(database);
  EXPECT_EQ(rows, (std::vector<std::string>{"beeper.enable ok", "load.off refused"}));
}

}  // namespace
}  // namespace nightwatt::process
