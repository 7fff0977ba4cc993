#include "io/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "io/file_text.h"
#include "io/system_clock.h"

extern char** environ;

namespace nightwatt::io {
namespace {

constexpr Duration after_leader{200};  // others of the group get this long after their leader

struct Pipe {
  Descriptor read, write;
};

std::optional<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  SpawnSettings(int out, int err) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_init(&attributes);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

// Reads what is there, keeps the beginning, forgets the rest. False at the end of the stream.
bool drain(int fd, std::string& kept) {
  std::array<char, 4096> buffer;
  for (int rounds = 0; rounds < 64; ++rounds) {  // then look at the clock again
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return false;
    const std::size_t room = command_output_max - std::min(command_output_max, kept.size());
    kept.append(buffer.data(), std::min(room, static_cast<std::size_t>(n)));
  }
  return true;
}

// One running program. Its leader is not reaped before the group has been dealt with: until then
// nobody else can get the group's number.
class Program {
 public:
  Program(pid_t pid, Pipe out, Pipe err)
      : pid_(pid),
        pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
        out_(std::move(out.read)),
        err_(std::move(err.read)) {}

  // Until it exited, or `until`, or cancellation; true when it exited.
  bool wait(Instant until, const Cancellation* cancel, CommandOutput& output) {
    const SystemClock clock;
    while (!exited()) {
      const Duration left = until - clock.now();
      if (left.count() <= 0 || (cancel != nullptr && cancel->cancelled())) return exited();
      pollfd waiting[4] = {{pidfd_.get(), POLLIN, 0},
                           {out_.get(), POLLIN, 0},
                           {err_.get(), POLLIN, 0},
                           {cancel != nullptr ? cancel->fd() : -1, POLLIN, 0}};
      // Without a pidfd (no descriptor left) the exit is looked for at short intervals.
      const Duration most{pidfd_ ? 60'000 : 20};
      ::poll(waiting, 4, static_cast<int>(std::min(left, most).count()));
      read_streams(output);
    }
    return true;
  }

  void read_streams(CommandOutput& output) {
    if (out_ && !drain(out_.get(), output.out)) out_.reset();
    if (err_ && !drain(err_.get(), output.err)) err_.reset();
  }

  // SIGTERM, a grace, SIGKILL; the whole group.
  void end_group(CommandOutput& output) {
    const SystemClock clock;
    ::kill(-pid_, SIGTERM);
    wait(clock.now() + command_kill_grace, nullptr, output);
    if (exited()) {
      const Cancellation never;
      static_cast<void>(never.wait_for(after_leader));
    }
    ::kill(-pid_, SIGKILL);
  }

  siginfo_t reap() {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
    }
    return info;
  }

 private:
  bool exited() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }

  pid_t pid_;
  Descriptor pidfd_, out_, err_;
};

std::string first_line(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
  return text.substr(begin, std::min<std::size_t>(end - begin, 400));
}

StepOutcome judge(const std::string& name, const siginfo_t& info, const CommandOutput& output) {
  if (info.si_code == CLD_EXITED && info.si_status == 0) return {};
  const std::string line = first_line(output.err);
  const std::string how =
      info.si_code == CLD_EXITED
          ? fmt::format("exit status {}", info.si_status)
          : fmt::format("killed by signal {} ({})", info.si_status, strsignal(info.si_status));
  return {StepResult::failed, fmt::format("{}: {}{}{}", name, how, line.empty() ? "" : ": ", line)};
}

}  // namespace

StepOutcome run_command(const CommandAction& action, Duration deadline, const Cancellation& cancel,
                        CommandOutput* output) {
  if (action.argv.empty() || action.argv[0].empty())
    return {StepResult::failed, "no program is given"};
  const std::string& name = action.argv[0];
  auto out = open_pipe();
  auto err = open_pipe();
  if (!out || !err)
    return {StepResult::failed, fmt::format("{}: no pipe: {}", name, errno_text(errno))};

  std::vector<char*> argv;
  for (const std::string& argument : action.argv)
    argv.push_back(const_cast<char*>(argument.c_str()));  // execve(2) does not write to it
  argv.push_back(nullptr);
  pid_t pid = 0;
  {
    const SpawnSettings settings(out->write.get(), err->write.get());
    const int error = ::posix_spawnp(&pid, name.c_str(), &settings.actions, &settings.attributes,
                                     argv.data(), environ);
    if (error != 0)
      return {StepResult::failed,
              fmt::format("{}: cannot be started: {}", name, errno_text(error))};
  }
  out->write.reset();
  err->write.reset();

  CommandOutput unwanted;
  CommandOutput& kept = output != nullptr ? *output : unwanted;
  const SystemClock clock;
  Program program(pid, std::move(*out), std::move(*err));
  const bool exited = program.wait(clock.now() + deadline, &cancel, kept);
  if (!exited) program.end_group(kept);
  program.read_streams(kept);
  const siginfo_t info = program.reap();
  if (exited) return judge(name, info, kept);
  if (cancel.cancelled()) return {StepResult::failed, name + ": cancelled"};
  return {StepResult::timed_out,
          fmt::format("{}: did not end within {} s", name, seconds(deadline))};
}

}  // namespace nightwatt::io
