// Configurations as users of Eneru have them: the short form of a UPS, a UPS that owns its servers,
// logins, phases; end to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "rack/rack.h"
#include "tests/process/protected_rack.h"

namespace nightwatt::process {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

constexpr const char* quick =
    "triggers: {low_battery_threshold: 20, on_battery_stabilization_delay: 0}\n";

class Eneru : public ProtectedRack {
 protected:
  static std::string short_name(const peers::RealUpsd& upsd) {
    return "ups1@127.0.0.1:" + std::to_string(upsd.port());
  }
  void start_with(const std::string& yaml) {
    daemon.write_config(yaml);
    ASSERT_TRUE(daemon.start()) << daemon.log();
  }
  bool becomes(const std::string& ups, const std::string& state) {
    return wait_until([&] { return state_of(ups) == state; });
  }
  // A list entry that holds remote servers, as `ups[]` has them.
  std::string owning_ups(const peers::RealUpsd& upsd, const std::string& servers) const {
    return "  - name: " + short_name(upsd) + "\n    check_interval: 0.2\n    remote_servers:\n" +
           servers;
  }
};

TEST_F(Eneru, TheShortFormIsADeviceWithOnePath) {
  start_with("ups: {name: \"" + short_name(*a) + "\", check_interval: 1}\n" + quick +
             "local_shutdown: {enabled: false}\n");
  ASSERT_TRUE(becomes(short_name(*a), "HEALTHY")) << told();
  const Json device = daemon.device(short_name(*a));
  EXPECT_EQ(device["active"]["path"], 1);
  EXPECT_EQ(device["paths"].size(), 1u);
  EXPECT_EQ(device["reading"]["battery.charge"], 100);
  on_battery(*a);
  ASSERT_TRUE(becomes(short_name(*a), "DEGRADED")) << told();
}

TEST_F(Eneru, ARedundancyGroupOfShortForms) {
  start_with("ups:\n  - {name: \"" + short_name(*a) + "\", check_interval: 0.2}\n  - {name: \"" +
             short_name(*b) + "\", check_interval: 0.2}\n" + quick +
             "redundancy_groups:\n  - name: rack\n    ups_sources: [\"" + short_name(*a) +
             "\", \"" + short_name(*b) + "\"]\n    remote_servers:\n" + server("compute", "down") +
             "local_shutdown: {enabled: false}\n");
  ASSERT_TRUE(verdict_becomes("protected")) << told();
  low(*a);
  ASSERT_TRUE(verdict_becomes("redundancy_lost")) << told();
  EXPECT_TRUE(stays([&] { return sshd->commands().empty(); }, 600ms));
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  EXPECT_EQ(sshd->commands(), Words{"down"});
}

TEST_F(Eneru, AForcedShutdownThatLastsRunsTheSequenceOnce) {
  start_with("ups:\n" + owning_ups(*a, server("mine", "a-down")) + "  - {name: \"" +
             short_name(*b) + "\", check_interval: 0.2}\n" + quick +
             "local_shutdown: {enabled: false}\n");
  ASSERT_TRUE(becomes(short_name(*a), "HEALTHY")) << told();
  low(*b);
  ASSERT_TRUE(becomes(short_name(*b), "CRITICAL")) << told();
  EXPECT_TRUE(stays([&] { return sshd->commands().empty(); }, 600ms)) << "not its servers";
  a->set("ups1", "ups.status", "OB FSD");
  ASSERT_TRUE(wait_until([&] { return run_state(short_name(*a)) == "done"; })) << told();
  EXPECT_TRUE(stays([&] { return sshd->commands() == Words{"a-down"}; }, 2s)) << told();
  on_line(*a);
  ASSERT_TRUE(wait_until([&] { return run_state(short_name(*a)) == "armed"; })) << told();
  low(*a);
  ASSERT_TRUE(wait_until([&] { return sshd->commands().size() == 2; })) << told();
}

TEST_F(Eneru, PhasesRunInOrderAndServersOfOnePhaseTogether) {
  peers::RealSshd second;
  peers::RealSshd third;
  // Both of phase 1 wait until the other one has begun: one after the other they would never end.
  const auto meets = [&](const char* mine, const char* other) {
    const std::string at = daemon.folder() + "/";
    return "        pre_shutdown_commands:\n          - {timeout: 8, command: \"touch " + at +
           mine + "; while [ ! -e " + at + other + " ]; do sleep 0.02; done\"}\n";
  };
  std::string servers = server("one", "one", 1, meets("m1", "m2"));
  const auto on = [&](const peers::RealSshd& host, std::string entry) {
    const std::string ours = "port: " + std::to_string(sshd->port());
    entry.replace(entry.find(ours), ours.size(), "port: " + std::to_string(host.port()));
    entry.replace(entry.find(sshd->key_file()), sshd->key_file().size(), host.key_file());
    return entry;
  };
  servers += on(second, server("two", "two", 1, meets("m2", "m1")));
  servers += on(third, server("three", "three", 2));
  begin({.servers = servers});
  low(*a);
  low(*b);
  ASSERT_TRUE(run_becomes("done")) << told();
  const Json steps = daemon.group("rack")["run"]["steps"];
  for (const Json& step : steps) EXPECT_EQ(step["state"], "ok") << step;
  EXPECT_TRUE(steps[0]["error"].is_null()) << "the meeting took place: " << steps[0];
  const Words done = sshd->commands();
  EXPECT_THAT(done, UnorderedElementsAre("one", "two", "three"));
  EXPECT_EQ(done.back(), "three");
}

TEST_F(Eneru, AMachineThatIsNotThereCostsABoundedTime) {
  // 192.0.2.0/24 is for documentation: nobody answers there.
  const std::string nobody =
      "      - {name: gone, enabled: true, host: 192.0.2.1, user: nobody, shutdown_order: 1,\n"
      "         shutdown_command: \"true\", connect_timeout: 1, command_timeout: 1,\n"
      "         shutdown_safety_margin: 1}\n";
  begin({.servers = nobody + server("compute", "down", 2)});
  low(*a);
  low(*b);
  ASSERT_TRUE(wait_until([&] { return sshd->commands() == Words{"down"}; }, 6s)) << told();
  ASSERT_TRUE(run_becomes("done")) << told();
  const Json gone = daemon.group("rack")["run"]["steps"][0];
  EXPECT_TRUE(gone["state"] == "failed" || gone["state"] == "timed_out") << gone;
  EXPECT_THAT(daemon.events("plan_done").at(0)["message"].get<std::string>(), HasSubstr("gone"))
      << "never 'complete' when something is missing";
}

// --- logins
// ---------------------------------------------------------------------------------------

class Login : public Eneru {
 protected:
  std::string with_login(const std::string& secret) const {
    return "comm_devices:\n  - {id: nut-a, driver: nut, host: 127.0.0.1, port: " +
           std::to_string(a->port()) + ", username: mon, " + secret +
           "}\nups:\n  - {name: UPS-A, check_interval: 0.2, paths: [{comm: nut-a, unit: ups1}]}\n"
           "local_shutdown: {enabled: false}\n";
  }
  std::string last_error() {
    const Json error = daemon.device("UPS-A")["paths"][0]["last_error"];
    return error.is_string() ? error.get<std::string>() : "";
  }
  std::string password_file(const std::string& text, fs::perms perms) const {
    peers::write_file(daemon.file("nut.pw"), text);
    fs::permissions(daemon.file("nut.pw"), perms);
    return "password_file: " + daemon.file("nut.pw");
  }
  static constexpr fs::perms own = fs::perms::owner_read | fs::perms::owner_write;
};

TEST_F(Login, WithAPasswordFile) {
  start_with(with_login(password_file("monpw\n", own)));
  ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << told();
  EXPECT_FALSE(daemon.logged("monpw"));
  EXPECT_EQ(daemon.status().dump().find("monpw"), std::string::npos);
}

TEST_F(Login, WithAVariableOfTheEnvironment) {
  daemon.environment = {"NUT_A_PASSWORD=monpw"};
  start_with(with_login("password: \"${NUT_A_PASSWORD}\""));
  ASSERT_TRUE(becomes("UPS-A", "HEALTHY")) << told();
}

TEST_F(Login, AServerThatRefusesTheLoginIsAFailureOfThePathThatSaysWhy) {
  rack::RackThread refusing;
  refusing.with([](rack::Rack& rack) {
    rack.set_fault(rack::Feed::a, rack::Line::first, rack::Fault::refuse_login);
  });
  std::string yaml = with_login(password_file("secret\n", own));
  const std::string real = std::to_string(a->port());
  yaml.replace(yaml.find(real), real.size(),
               std::to_string(refusing.port(rack::Feed::a, rack::Line::first)));
  start_with(yaml);
  ASSERT_TRUE(wait_until([&] { return !last_error().empty(); })) << told();
  EXPECT_THAT(last_error(), HasSubstr("ACCESS-DENIED"));
  EXPECT_EQ(state_of("UPS-A"), "UNKNOWN");
  EXPECT_FALSE(daemon.logged("secret")) << "no secret in a log";
}

TEST_F(Login, ASecretThatEverybodyCanReadIsRefused) {
  daemon.write_config(with_login(password_file("monpw\n", own | fs::perms::others_read)));
  EXPECT_EQ(daemon.start_and_fail(), 2);
  EXPECT_THAT(daemon.log(), HasSubstr("nut.pw"));
  fs::permissions(daemon.file("nut.pw"), own);
  daemon.write_config(with_login("password: monpw"));
  fs::permissions(daemon.file("config.yaml"), own | fs::perms::others_read);
  EXPECT_EQ(daemon.start_and_fail(), 2);
  EXPECT_FALSE(daemon.logged("monpw\n")) << daemon.log();
}

}  // namespace
}  // namespace nightwatt::process
