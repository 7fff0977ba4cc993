#include "app/demo_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "io/file_text.h"

namespace nightwatt::app {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds stop_patience{5};
constexpr std::chrono::milliseconds stop_poll{10};
constexpr int remove_attempts = 20;
// sockaddr_un holds 107 bytes; what follows the directory's name in ours is shorter than this.
constexpr std::size_t directory_bytes_max = 80;

std::atomic<int> caught{0};
static_assert(std::atomic<int>::is_always_lock_free);  // a signal may set it

constexpr std::array caught_signals{SIGINT, SIGTERM, SIGHUP};

// systemd's variables speak of the process that started us; to the child they would be lies.
bool is_private(std::string_view variable) {
  for (const std::string_view name :
       {"NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=", "JOURNAL_STREAM="}) {
    if (variable.starts_with(name)) return true;
  }
  return false;
}

std::vector<char*> child_environment() {
  std::vector<char*> out;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!is_private(*variable)) out.push_back(*variable);
  }
  out.push_back(nullptr);
  return out;
}

// Between fork and exec in a program with threads: system calls only.
[[noreturn]] void become_daemon(pid_t parent, int log, char* const* argv, char* const* envp) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  // The rack's sockets above all: a listening one that the child holds too never goes dead.
  ::closefrom(STDERR_FILENO + 1);
  ::execve("/proc/self/exe", argv, envp);
  constexpr std::string_view text = "this program cannot be executed again\n";
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
  ::_exit(127);
}

std::string end_text(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return fmt::format("was killed by signal {} ({})", signal, ::strsignal(signal));
  }
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

expected<ScratchDir, Error> ScratchDir::make(bool keep) {
  const char* wanted = ::getenv("TMPDIR");
  std::string parent = wanted != nullptr && *wanted == '/' ? wanted : "/tmp";
  if (parent.size() > directory_bytes_max - 24) parent = "/tmp";
  std::string path = parent + "/nightwatt-demo-" + std::string(6, 'X');  // mkdtemp(3) fills these
  if (::mkdtemp(path.data()) == nullptr) {
    return fail(Errc::io_failed,
                fmt::format("no scratch directory in {}: {}", parent, io::errno_text(errno)));
  }
  return ScratchDir(std::move(path), keep);
}

ScratchDir::ScratchDir(ScratchDir&& other) noexcept
    : path_(std::exchange(other.path_, {})), keep_(other.keep_) {}

ScratchDir::~ScratchDir() {
  if (path_.empty() || keep_) return;
  // remove_all gives up at the first file that somebody else makes or removes meanwhile.
  for (int attempt = 0; attempt < remove_attempts; ++attempt) {
    std::error_code problem;
    std::filesystem::remove_all(path_, problem);
    if (!problem) return;
    std::this_thread::sleep_for(stop_poll);
  }
}

expected<DaemonChild, Error> DaemonChild::start(const Files& files) {
  const io::Descriptor log(
      ::open(files.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log) return fail(Errc::io_failed, files.log + ": " + io::errno_text(errno));
  std::vector<std::string> words{"nightwatt",   "run",           "--config", files.config,
                                 "--state-dir", files.state_dir, "--socket", files.socket};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::vector<char*> envp = child_environment();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail(Errc::io_failed, "fork: " + io::errno_text(errno));
  if (child == 0) become_daemon(parent, log.get(), argv.data(), envp.data());
  return DaemonChild(child);
}

DaemonChild::DaemonChild(DaemonChild&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), end_(std::move(other.end_)) {}

bool DaemonChild::running() {
  if (pid_ == 0) return false;
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return true;
  end_ = ended == pid_ ? end_text(status) : "is gone";
  pid_ = 0;
  return false;
}

DaemonChild::~DaemonChild() {
  if (!running()) return;
  ::kill(pid_, SIGTERM);
  const auto until = steady_clock::now() + stop_patience;
  while (running()) {
    if (steady_clock::now() >= until) ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(stop_poll);
  }
}

std::string last_lines(const std::string& file, std::size_t count) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(std::move(line));
    if (lines.size() > count) lines.erase(lines.begin());
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

Interrupt::Interrupt() {
  caught = 0;
  struct sigaction action{};
  action.sa_handler = [](int signal) { caught = signal; };
  for (const int signal : caught_signals) ::sigaction(signal, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

Interrupt::~Interrupt() {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (const int signal : caught_signals) ::sigaction(signal, &action, nullptr);
}

int Interrupt::signal() { return caught; }

}  // namespace nightwatt::app
