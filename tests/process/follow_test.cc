// status --watch and events --follow: what a person leaves running in a terminal or a pipe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

using testing::HasSubstr;
using testing::Not;

class Follow : public ProtectedRack {
 protected:
  void SetUp() override {
    ProtectedRack::SetUp();
    if (!IsSkipped()) begin({.more = "behavior: {dry_run: true}\n"});
  }
  std::vector<std::string> with_socket(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--socket", daemon.file("sock")});
    return arguments;
  }
  static bool says(const Background& process, const std::string& text) {
    return wait_until([&] { return process.out().find(text) != std::string::npos; });
  }
};

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST_F(Follow, WatchShowsTheStateAgainAndEndsWithCtrlC) {
  Background watch(with_socket({"status", "--watch"}));
  ASSERT_TRUE(says(watch, "HEALTHY")) << watch.err();
  on_battery(*a);
  ASSERT_TRUE(says(watch, "DEGRADED")) << watch.out();
  EXPECT_TRUE(watch.running());
  EXPECT_THAT(watch.out(), Not(HasSubstr("\x1b"))) << "no colours and no cursor moves into a file";
  watch.kill(SIGINT);
  EXPECT_EQ(watch.wait_exit(), 128 + SIGINT);
}

TEST_F(Follow, WatchAsJsonIsOneDocumentALine) {
  Background watch(with_socket({"status", "--watch", "--json"}));
  ASSERT_TRUE(wait_until([&] { return count(watch.out(), "\n") >= 2; })) << watch.err();
  const std::string first = watch.out().substr(0, watch.out().find('\n'));
  EXPECT_TRUE(Json::parse(first, nullptr, false).is_object()) << first;
}

TEST_F(Follow, EventsFollowShowsEachEventOnceAndEndsWithCtrlC) {
  Background follow(with_socket({"events", "--json", "--follow"}));
  ASSERT_TRUE(says(follow, "\"kind\":\"verdict\"")) << follow.err();
  on_battery(*a);
  ASSERT_TRUE(says(follow, "DEGRADED")) << follow.out();
  on_line(*a);
  ASSERT_TRUE(wait_until([&] {
    const Finished all = daemon.cli({"events", "--json"});
    return follow.out() == all.out && count(all.out, "\"kind\":\"member_state\"") >= 3;
  })) << follow.out();
  follow.kill(SIGINT);
  EXPECT_EQ(follow.wait_exit(), 128 + SIGINT);
}

TEST_F(Follow, HeadEndsAPipeQuietly) {
  // A writer whose reader is gone ends without a word, also when it has nothing to write.
  const Finished events =
      shell("$NIGHTWATT events --json --follow --socket " + daemon.file("sock") + " | head -n 1");
  EXPECT_EQ(events.code, 0);
  EXPECT_EQ(count(events.out, "\n"), 1u) << events.out;
  EXPECT_EQ(events.err, "");
  const Finished status =
      shell("$NIGHTWATT status --watch --socket " + daemon.file("sock") + " | head -n 1");
  EXPECT_EQ(status.out, "Devices\n");
  EXPECT_EQ(status.err, "");
}

TEST_F(Follow, ADaemonThatGoesEndsTheFollowersWithOne) {
  Background watch(with_socket({"status", "--watch"}));
  Background follow(with_socket({"events", "--follow"}));
  ASSERT_TRUE(says(watch, "HEALTHY")) << watch.err();
  ASSERT_TRUE(says(follow, "verdict")) << follow.err();
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_EQ(watch.wait_exit(), 1);
  EXPECT_THAT(watch.err(), testing::ContainsRegex("the\\s+daemon\\s+is\\s+not\\s+running"));
  EXPECT_EQ(follow.wait_exit(), 1);
  EXPECT_THAT(follow.err(), testing::ContainsRegex("the\\s+daemon\\s+is\\s+not\\s+running"));
}

TEST_F(Follow, EverythingFitsEightyColumnsWithoutColours) {
  low(*a);
  ASSERT_TRUE(verdict_becomes("redundancy_lost")) << told();
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"status"},
           {"events"},
           {"plan", "rack"},
           {"devices"},
           {"devices", "--why", "UPS-A"},
           {"comms"},
           {"orders"},
           {"control", "UPS-A", "an.order.that.nobody.allows.here"},
           {"path", "UPS-A", "second"},
           {"events", "--kind", "nosuch"},
           {"statsu"}}) {
    const bool refused = command.size() == 3 && command[0] != "devices" && command[0] != "plan";
    const Finished shown = daemon.cli(command);
    EXPECT_EQ(shown.code != 0, refused || command[0] == "statsu") << shown.out << shown.err;
    EXPECT_THAT(shown.out, Not(HasSubstr("\x1b")));
    std::istringstream lines(shown.out + shown.err);
    for (std::string line; std::getline(lines, line);) {
      // A command or a path that is longer than a line stays in one piece.
      if (line.find(" echo ") != std::string::npos) continue;
      EXPECT_LE(line.size(), 80u) << line;
    }
  }
}

}  // namespace
}  // namespace nightwatt::process
