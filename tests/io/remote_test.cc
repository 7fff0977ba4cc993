#include "io/remote.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "io/system_clock.h"
#include "tests/peers/real_sshd.h"

namespace nightwatt::io {
namespace {

using peers::read_file;
using peers::RealSshd;
using peers::write_file;
constexpr Duration long_time{60'000};

class Remote : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = RealSshd::missing(); !why.empty()) GTEST_SKIP() << why;
    sshd_ = std::make_unique<RealSshd>();
    action_ = sshd_->action();
  }
  StepOutcome run(Duration deadline = long_time) {
    return run_remote(action_, files_, deadline, cancel_);
  }
  std::string at() const { return endpoint_text(action_) + ": "; }
  void pre(const std::string& command, Duration timeout = long_time) {
    action_.pre_shutdown.push_back({command, timeout});
  }

  std::unique_ptr<RealSshd> sshd_;
  RemoteAction action_;
  KnownHostsFiles files_;
  Cancellation cancel_;
};

TEST_F(Remote, RunsItsCommandsInOrder) {
  pre(sshd_->record("one"));
  pre(sshd_->record("two"));
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::ok);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(sshd_->commands(), (std::vector<std::string>{"one", "two", "shutdown"}));
}

TEST_F(Remote, GoesOnWhenAPreShutdownCommandFailsOrHangs) {
  pre("echo it broke >&2; exit 4");
  pre("sleep 20", Duration(200));
  pre(sshd_->record("three"));
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::ok);
  EXPECT_EQ(outcome.error, at() +
                               "pre-shutdown command 1: exit status 4: it broke; pre-shutdown "
                               "command 2: did not end within 0.2 s");
  EXPECT_EQ(sshd_->commands(), (std::vector<std::string>{"three", "shutdown"}));
}

TEST_F(Remote, ConnectsAgainWhenAPreShutdownCommandCutsTheConnection) {
  pre("kill -9 $PPID");
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::ok);
  EXPECT_EQ(sshd_->commands(), (std::vector<std::string>{"shutdown"}));
  EXPECT_NE(outcome.error.find("pre-shutdown command 1: "), std::string::npos);
}

TEST_F(Remote, FailsWithTheFirstLineOfStandardError) {
  action_.shutdown.command = "echo >&2; echo not allowed >&2; echo more >&2; exit 1";
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(outcome.error, at() + "shutdown command: exit status 1: not allowed");
}

TEST_F(Remote, ThatCutsTheConnectionWhileGoingDownIsOk) {
  action_.shutdown.command = sshd_->record("going down") + "; kill -9 $PPID; sleep 5";
  EXPECT_EQ(run().result, StepResult::ok);
  EXPECT_EQ(sshd_->commands(), (std::vector<std::string>{"going down"}));
}

TEST_F(Remote, WhoseSessionIsTerminatedWhileGoingDownIsOk) {
  action_.shutdown.command = "kill -TERM $$; sleep 5";
  EXPECT_EQ(run().result, StepResult::ok);
}

TEST_F(Remote, WhoseCommandIsShotFails) {
  action_.shutdown.command = "kill -KILL $$; sleep 5";
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(outcome.error, at() + "shutdown command: killed by SIGKILL");
}

TEST_F(Remote, WhoseShutdownCommandHangsTimesOut) {
  action_.shutdown = {"sleep 20", Duration(300)};
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::timed_out);
  EXPECT_EQ(outcome.error, at() + "shutdown command: did not end within 0.3 s");
}

TEST_F(Remote, MeetsTheStepsDeadline) {
  pre("sleep 20");
  const StepOutcome outcome = run(Duration(1'500));
  EXPECT_EQ(outcome.result, StepResult::timed_out);
  EXPECT_TRUE(sshd_->commands().empty());
}

TEST_F(Remote, IsCancelledAtOnce) {
  pre("sleep 20");
  std::thread other([&] {
    static_cast<void>(Cancellation().wait_for(Duration(800)));
    cancel_.cancel();
  });
  const StepOutcome outcome = run();
  other.join();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(outcome.error.substr(0, at().size() + 9), at() + "cancelled");
}

TEST_F(Remote, ThatFloodsIsReadAndForgotten) {
  action_.shutdown.command =
      "head -c 20000000 /dev/zero; head -c 5000000 /dev/zero | tr '\\0' x >&2; exit 9";
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_LT(outcome.error.size(), 600u);
}

TEST_F(Remote, LearnsItsHostKeyAtFirstContact) {
  EXPECT_EQ(run().result, StepResult::ok);
  EXPECT_EQ(read_file(sshd_->known_hosts_file()),
            "[127.0.0.1]:" + std::to_string(sshd_->port()) + " " + sshd_->host_key_line() + "\n");
  EXPECT_EQ(run().result, StepResult::ok);  // known now, and not written twice
  EXPECT_EQ(std::filesystem::file_size(sshd_->known_hosts_file()),
            read_file(sshd_->known_hosts_file()).size());
  EXPECT_EQ(read_file(sshd_->known_hosts_file()).find('\n'),
            read_file(sshd_->known_hosts_file()).size() - 1);
}

TEST_F(Remote, IsRefusedWhenItsHostKeyChanged) {
  EXPECT_EQ(run().result, StepResult::ok);
  const std::string old_line = read_file(sshd_->known_hosts_file());
  write_file(sshd_->known_hosts_file(), "# a comment\n" + old_line);
  sshd_->change_host_key();
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(sshd_->commands().size(), 1u);
  const std::string text = outcome.error;
  EXPECT_TRUE(text.starts_with(at() + "host key changed; expected ssh-ed25519 SHA256:")) << text;
  EXPECT_NE(text.find(", got ssh-ed25519 SHA256:"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("; if this is right, remove line 2 from " + sshd_->known_hosts_file()))
      << text;
}

TEST_F(Remote, IsRefusedWhenAnyFileKnowsAnotherKey) {
  const std::string user_file = sshd_->known_hosts_file() + ".user";
  files_.also = {user_file};
  action_.host_key_policy = HostKeyPolicy::accept_new;
  EXPECT_EQ(run().result, StepResult::ok);
  ::rename(sshd_->known_hosts_file().c_str(), user_file.c_str());
  EXPECT_EQ(run().result, StepResult::ok);
  EXPECT_FALSE(std::filesystem::exists(sshd_->known_hosts_file()));  // known there, not learnt here
  sshd_->change_host_key();
  EXPECT_TRUE(run().error.ends_with("remove line 1 from " + user_file));
}

TEST_F(Remote, WithStrictPolicyMustBeKnown) {
  action_.host_key_policy = HostKeyPolicy::strict;
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_NE(outcome.error.find("is not known and host_key_policy is strict"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(sshd_->known_hosts_file()));
  write_file(sshd_->known_hosts_file(),
             "[127.0.0.1]:" + std::to_string(sshd_->port()) + " " + sshd_->host_key_line() + "\n");
  EXPECT_EQ(run().result, StepResult::ok);
}

TEST_F(Remote, ShowsTheKeyOfTheTypeThatIsKnown) {
  sshd_->add_host_key("ecdsa");
  sshd_->add_host_key("rsa");
  std::istringstream words(
      read_file(std::filesystem::path(sshd_->key_file()).parent_path() / "host_rsa.pub"));
  std::string type, key;
  words >> type >> key;
  action_.host_key_policy = HostKeyPolicy::strict;
  write_file(sshd_->known_hosts_file(),
             "[127.0.0.1]:" + std::to_string(sshd_->port()) + " " + type + " " + key + "\n");
  EXPECT_EQ(run().error, "");
}

TEST_F(Remote, WhoseKeyCannotBeRecordedIsShutDownAllTheSame) {
  action_.known_hosts_file = "/proc/nowhere/known_hosts";
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::ok);
  EXPECT_EQ(outcome.error, at() +
                               "its host key could not be recorded: "
                               "/proc/nowhere/known_hosts: no such file or directory");
}

TEST_F(Remote, ThatRefusesOurKey) {
  sshd_->refuse_our_key();
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(outcome.error,
            at() + "login as '" + action_.user + "' refused with key " + sshd_->key_file());
}

TEST_F(Remote, NeverAsksForAPassphrase) {
  const std::string locked = sshd_->known_hosts_file() + ".locked_key";
  ASSERT_EQ(::system(("ssh-keygen -q -t ed25519 -N secret -f " + locked).c_str()), 0);
  action_.key_file = locked;
  EXPECT_EQ(run().error, at() + "key file " + locked +
                             " cannot be used (not a private key, or it has a passphrase: nobody "
                             "is there to type it)");
  action_.key_file = "/nowhere/key";
  EXPECT_EQ(run().error, at() + "key file /nowhere/key does not exist or cannot be read");
}

TEST_F(Remote, ThatHangsIsGivenUpAtTheConnectDeadline) {
  sshd_->hang();
  action_.connect_timeout = Duration(300);
  const StepOutcome outcome = run();
  sshd_->resume();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_EQ(outcome.error, at() + "the SSH server does not speak (waited 0.3 s)");
  EXPECT_FALSE(outcome.unreachable) << "a hung machine took the connection: it is not down";
}

TEST_F(Remote, ThatRefusesTheConnection) {
  sshd_->stop();
  EXPECT_EQ(run().error, at() + "connection refused");
  EXPECT_EQ(run().result, StepResult::failed);
}

TEST_F(Remote, WhoseNameDoesNotResolve) {
  action_.host = "no-such-host.invalid";
  const StepOutcome outcome = run();
  EXPECT_EQ(outcome.result, StepResult::failed);
  EXPECT_NE(outcome.error.find("'no-such-host.invalid' cannot be resolved"), std::string::npos)
      << outcome.error;
}

TEST_F(Remote, LeaksNoDescriptor) {
  const auto count = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                         std::filesystem::directory_iterator());
  };
  run();
  const auto before = count();
  run();
  sshd_->change_host_key();
  run();
  sshd_->hang();
  action_.connect_timeout = Duration(100);
  run();
  EXPECT_EQ(count(), before);
}

TEST_F(Remote, IsProbed) {
  const auto probe = [&](bool banner) {
    return probe_port("127.0.0.1", sshd_->port(), banner, Duration(300), cancel_);
  };
  EXPECT_EQ(probe(false), PortAnswer::answers);
  EXPECT_EQ(probe(true), PortAnswer::answers);
  sshd_->hang();
  EXPECT_EQ(probe(false), PortAnswer::answers);  // the kernel does
  EXPECT_EQ(probe(true), PortAnswer::silent);
  sshd_->stop();
  EXPECT_EQ(probe(false), PortAnswer::silent);
  EXPECT_EQ(probe_port("no-such-host.invalid", 22, false, Duration(5'000), cancel_),
            PortAnswer::cannot_say);
}

}  // namespace
}  // namespace nightwatt::io
