// Signals and the service manager: SIGHUP, SIGTERM, sd_notify, at rest and in the middle of a plan.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class Signals : public ProtectedRack {
 protected:
  // A first step that lasts until open_gate(), and a second one.
  std::string gated_servers() const {
    return server("first", "first-down", 1,
                  "        pre_shutdown_commands:\n          - {timeout: 20, command: \"" +
                      sshd->record("waiting") + "; while [ ! -e " + daemon.file("gate") +
                      " ]; do sleep 0.05; done\"}\n") +
           server("second", "second-down", 2);
  }
  void open_gate() const { std::ofstream(daemon.file("gate")).put('x'); }
  std::string flag() const { return daemon.state_dir + "/ups-shutdown-redundancy-rack"; }
  void reach_the_gate() {
    low(*a);
    low(*b);
    ASSERT_TRUE(wait_until([&] { return sshd->commands() == Words{"waiting"}; })) << told();
    ASSERT_EQ(run_state(), "running");
  }
};

TEST_F(Signals, SigtermAtRestEndsAtOnceWithZero) {
  begin();
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  EXPECT_FALSE(fs::exists(daemon.file("sock")));
  EXPECT_TRUE(daemon.logged("nightwatt: stopped\n")) << daemon.log();
}

TEST_F(Signals, SigintIsTheSame) {
  begin();
  daemon.kill(SIGINT);
  EXPECT_EQ(daemon.wait_exit(), 0) << daemon.log();
}

TEST_F(Signals, SigtermDuringAPlanWaitsForItsEndAndClearsTheFlag) {
  begin({.servers = gated_servers()});
  reach_the_gate();
  EXPECT_TRUE(fs::exists(flag()));
  daemon.kill(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return daemon.logged("a shutdown plan is running"); }))
      << daemon.log();
  daemon.kill(SIGTERM);  // an impatient second one changes nothing
  ASSERT_TRUE(wait_until([&] { return daemon.logged("stopping already"); })) << daemon.log();
  EXPECT_TRUE(stays([&] { return daemon.running(); }, 500ms));
  EXPECT_EQ(run_state(), "running") << "it answers while it waits";
  open_gate();
  EXPECT_EQ(daemon.wait_exit(), 0) << daemon.log();
  EXPECT_EQ(sshd->commands(), (Words{"waiting", "first-down", "second-down"}));
  EXPECT_FALSE(fs::exists(flag()));
}

TEST_F(Signals, SigtermDuringACountdownEndsItAndTheNextStartDecidesAgain) {
  begin({.group = "    confirm_for: 60s\n"});
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("countdown")) << told();
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  EXPECT_TRUE(sshd->commands().empty());
  EXPECT_FALSE(fs::exists(flag()));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(run_becomes("countdown")) << told();
  EXPECT_TRUE(sshd->commands().empty());
}

TEST_F(Signals, ReloadDuringAPlanLeavesThePlanAsItIs) {
  begin({.servers = gated_servers()});
  reach_the_gate();
  daemon.write_config(config({.servers = server("third", "third-down")}));
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.logged(" reloaded: "); })) << daemon.log();
  EXPECT_EQ(daemon.group("rack")["run"]["steps"].size(), 2u) << told();
  open_gate();
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands(), (Words{"waiting", "first-down", "second-down"}));
  on_line(*a);
  on_line(*b);
  ASSERT_TRUE(run_becomes("armed")) << told();
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands().back(), "third-down") << "the next run is by the new configuration";
  EXPECT_EQ(sshd->commands().size(), 4u);
}

TEST_F(Signals, AReloadThatDropsTheGroupOfARunningPlanIsRefused) {
  begin({.servers = gated_servers()});
  reach_the_gate();
  std::string other = config({.servers = gated_servers()});
  other.replace(other.find("name: rack"), 10, "name: cage");
  daemon.write_config(other);
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.logged("the old one stays"); })) << daemon.log();
  EXPECT_TRUE(daemon.logged("group 'rack' is running its plan")) << daemon.log();
  open_gate();
  ASSERT_TRUE(run_becomes("done")) << told();
}

TEST_F(Signals, AReloadThatIsRefusedIsReadInTheEventsAsItIsInTheLog) {
  begin();
  daemon.write_config("ups: [{name: U@h, check_intervall: 5}]\n");
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.logged("the old one stays"); })) << daemon.log();
  const std::string events = daemon.cli({"events"}).out;
  EXPECT_THAT(events, testing::HasSubstr("config.yaml:1:19: error: unknown key"));
  EXPECT_THAT(events, testing::HasSubstr("          ups: [{name: U@h, check_intervall: 5}]\n"
                                         "                            ^\n"
                                         "          hint: did you mean 'check_interval'?\n"));
}

// Nobody may ever write into it, and the daemon would poll nothing meanwhile.
TEST_F(Signals, AReloadFromAPipeIsRefusedAtOnce) {
  begin();
  ASSERT_EQ(::unlink(daemon.file("config.yaml").c_str()), 0);
  ASSERT_EQ(::mkfifo(daemon.file("config.yaml").c_str(), 0600), 0);
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.logged("the old one stays"); })) << daemon.log();
  EXPECT_TRUE(daemon.logged("config.yaml: a pipe, where a file must be")) << daemon.log();
  EXPECT_EQ(daemon.terminate(), 0);
}

TEST_F(Signals, AReloadAddsAndRemovesUpsesAndTheirServers) {
  begin();
  peers::RealUpsd c;
  std::string more = config({});
  const std::string comm =
      "  - {id: nut-c, driver: nut, host: 127.0.0.1, port: " + std::to_string(c.port()) + "}\n";
  const std::string ups =
      "  - name: UPS-C\n    check_interval: 0.2\n    paths: [{comm: nut-c, unit: ups1}]\n";
  more.insert(more.find("comm_devices:\n") + 14, comm);  // in front: every number changes
  more.insert(more.find("ups:\n") + 5, ups);
  more.replace(more.find("[UPS-A, UPS-B]"), 14, "[UPS-C, UPS-A, UPS-B]");
  daemon.write_config(more);
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-C") == "HEALTHY"; })) << told();
  EXPECT_EQ(state_of("UPS-A"), "HEALTHY") << "known before, and still";
  EXPECT_EQ(daemon.group("rack")["members"].size(), 3u);
  on_battery(*b);
  ASSERT_TRUE(wait_until([&] { return state_of("UPS-B") == "DEGRADED"; })) << told();

  daemon.write_config(config({}));
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.device("UPS-C").is_null(); })) << told();
  on_line(*b);
  ASSERT_TRUE(verdict_becomes("protected")) << told();
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands(), Words{"down"});
}

TEST_F(Signals, ABadFileIsRefusedAsAWholeWithItsPlace) {
  begin();
  daemon.write_config(config({.group = "    min_healthy: 2\n"}) + "trigers: {}\n");
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.logged("the old one stays"); })) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("triggers")) << "did you mean";
  EXPECT_EQ(daemon.group("rack")["min_healthy"], 1);
}

// --- sd_notify
// ------------------------------------------------------------------------------------

class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~NotifySocket() { ::close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  bool hears(const std::string& text) {
    return wait_until([&] {
      char buffer[4096];
      for (ssize_t n = 0; (n = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
        heard_.append(buffer, static_cast<std::size_t>(n)).push_back('\n');
      }
      return heard_.find(text) != std::string::npos;
    });
  }
  void forget() { heard_.clear(); }
  // No room for another datagram.
  void fill() const {
    const int sender = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    while (::sendto(sender, "FILLED", 6, 0, reinterpret_cast<sockaddr*>(&address), size) > 0) {
    }
    EXPECT_EQ(errno, EAGAIN);
    ::close(sender);
  }
  const std::string& heard() const { return heard_; }

 private:
  int fd_ = -1;
  std::string heard_;
};

TEST_F(Signals, TheServiceManagerIsToldReadyAliveReloadingAndStopping) {
  NotifySocket manager(daemon.file("notify"));
  daemon.environment = {"NOTIFY_SOCKET=" + daemon.file("notify"), "WATCHDOG_USEC=400000"};
  begin();
  ASSERT_TRUE(manager.hears("READY=1")) << manager.heard();
  ASSERT_TRUE(manager.hears("WATCHDOG=1")) << manager.heard();
  manager.forget();
  ASSERT_TRUE(manager.hears("WATCHDOG=1")) << "again and again";
  daemon.kill(SIGHUP);
  ASSERT_TRUE(manager.hears("RELOADING=1\nMONOTONIC_USEC=")) << manager.heard();
  ASSERT_TRUE(manager.hears("READY=1")) << manager.heard();
  EXPECT_EQ(daemon.terminate(), 0);
  ASSERT_TRUE(manager.hears("STOPPING=1")) << manager.heard();
}

// With half an hour between two signs of life, one that was lost would be missed.
TEST_F(Signals, AServiceManagerThatHadNoRoomIsToldAgain) {
  NotifySocket manager(daemon.file("notify"));
  manager.fill();
  daemon.environment = {"NOTIFY_SOCKET=" + daemon.file("notify"), "WATCHDOG_USEC=3600000000"};
  begin();
  EXPECT_TRUE(manager.hears("FILLED"));
  EXPECT_TRUE(manager.hears("WATCHDOG=1")) << manager.heard();
  EXPECT_TRUE(manager.hears("READY=1")) << manager.heard();
  manager.forget();
  manager.fill();
  daemon.kill(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.logged(" reloaded: "); })) << daemon.log();
  EXPECT_TRUE(manager.hears("RELOADING=1")) << manager.heard();
  EXPECT_TRUE(manager.hears("READY=1")) << manager.heard();
  EXPECT_LT(manager.heard().find("RELOADING=1"), manager.heard().find("READY=1"));
  EXPECT_EQ(daemon.terminate(), 0);
}

TEST_F(Signals, AStartThatIsRefusedNeverSaysReady) {
  NotifySocket manager(daemon.file("notify"));
  daemon.environment = {"NOTIFY_SOCKET=" + daemon.file("notify")};
  daemon.state_dir = "/proc/nowhere";
  daemon.write_config(config({}));
  EXPECT_EQ(daemon.start_and_fail(), 1);
  manager.hears("");
  EXPECT_EQ(manager.heard(), "");
}

}  // namespace
}  // namespace nightwatt::process
