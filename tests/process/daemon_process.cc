#include "tests/process/daemon_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "io/http_client.h"
#include "tests_places.h"

namespace nightwatt::process {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int patience = 3;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
constexpr int patience = 3;
#else
constexpr int patience = 1;
#endif
#else
constexpr int patience = 1;
#endif

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string slurp(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The child dies with the test, whatever ends the test.
pid_t spawn(const std::string& program, const std::vector<std::string>& arguments,
            const std::vector<std::string>& environment, const std::string& out,
            const std::string& err) {
  std::vector<std::string> copies = arguments;
  copies.insert(copies.begin(), program);
  std::vector<char*> argv;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables = environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name = std::string(*entry).substr(0, std::string(*entry).find('=') + 1);
    const bool replaced = std::ranges::any_of(
        environment, [&](const std::string& added) { return added.starts_with(name); });
    if (!replaced) variables.push_back(*entry);
  }
  std::vector<char*> envp;
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  // Between fork and exec only what is safe in a process with threads.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A shell that runs the tests in the background ignores these, and children inherit that.
  for (const int signal : {SIGINT, SIGQUIT, SIGPIPE, SIGHUP}) ::signal(signal, SIG_DFL);
  constexpr int flags = O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC;
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  ::dup2(::open(out.c_str(), flags, 0600), 1);
  ::dup2(::open(err.c_str(), flags, 0600), 2);
  // A rack's listening sockets in the child would keep its ports open for ever.
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

Finished run_to_end(const std::string& program, const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment) {
  Background process(program, arguments, environment);
  const int code = process.wait_exit();
  return {.code = code, .out = process.out(), .err = process.err()};
}

}  // namespace

std::string program() {
  const char* const named = ::getenv("NIGHTWATT_UNDER_TEST");
  return named != nullptr ? named : NIGHTWATT_BINARY;
}

bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit * patience;
  while (true) {
    if (condition()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    ::poll(nullptr, 0, 20);
  }
}

bool stays(const std::function<bool()>& condition, std::chrono::milliseconds how_long) {
  const auto end = std::chrono::steady_clock::now() + how_long;
  while (std::chrono::steady_clock::now() < end) {
    if (!condition()) return false;
    ::poll(nullptr, 0, 20);
  }
  return condition();
}

Finished run(const std::vector<std::string>& arguments,
             const std::vector<std::string>& environment) {
  return run_to_end(program(), arguments, environment);
}

Finished shell(const std::string& command) {
  return run_to_end("/bin/sh", {"-c", command}, {"NIGHTWATT=" + program()});
}

Background::Background(const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment)
    : Background(program(), arguments, environment) {}

Background::Background(const std::string& program, const std::vector<std::string>& arguments,
                       const std::vector<std::string>& environment) {
  pid_ = spawn(program, arguments, environment, folder_.file("out"), folder_.file("err"));
}

Background::~Background() {
  if (!running()) return;
  kill(SIGKILL);
  wait_exit();
}

void Background::kill(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

bool Background::running() {
  if (pid_ <= 0 || code_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) code_ = exit_code(status);
  return !code_;
}

int Background::wait_exit() {
  wait_until([this] { return !running(); }, 60s);
  return code_.value_or(-1);
}

std::string Background::out() const { return slurp(folder_.file("out")); }
std::string Background::err() const { return slurp(folder_.file("err")); }

DaemonProcess::DaemonProcess() {
  char name[] = "/tmp/nwpXXXXXX";
  folder_ = ::mkdtemp(name);
  state_dir = folder_ + "/state";
}

DaemonProcess::~DaemonProcess() {
  if (running()) {
    kill(SIGKILL);
    wait_exit();
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void DaemonProcess::write_config(const std::string& yaml) const {
  std::ofstream out(file("config.yaml"));
  out << yaml;
  out.close();
  fs::permissions(file("config.yaml"), fs::perms::owner_read | fs::perms::owner_write);
}

void DaemonProcess::spawn_only() {
  std::vector<std::string> arguments{"run",     "--config", file("config.yaml"), "--state-dir",
                                     state_dir, "--socket", file("sock")};
  if (!run_dir.empty()) arguments.insert(arguments.end(), {"--run-dir", run_dir});
  arguments.insert(arguments.end(), more_arguments.begin(), more_arguments.end());
  code_.reset();
  pid_ = spawn(program(), arguments, environment, file("log"), file("log"));
}

bool DaemonProcess::start() {
  spawn_only();
  wait_until([this] { return !status().is_null() || !running(); });
  return running() && !status().is_null();
}

int DaemonProcess::start_and_fail() {
  start();
  if (running()) kill(SIGKILL);
  return wait_exit();
}

void DaemonProcess::kill(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

bool DaemonProcess::running() {
  if (pid_ <= 0 || code_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) code_ = exit_code(status);
  return !code_;
}

int DaemonProcess::wait_exit() {
  wait_until([this] { return !running(); }, 60s);
  return code_.value_or(-1);
}

int DaemonProcess::terminate() {
  kill(SIGTERM);
  return wait_exit();
}

std::string DaemonProcess::log() const { return slurp(file("log")); }

Json DaemonProcess::status() const {
  const auto answer = io::http_request(file("sock"), "GET", "/api/v1/status", "", Duration(5'000));
  if (!answer || answer->status != 200) return nullptr;
  return Json::parse(answer->body, nullptr, false);
}

Json DaemonProcess::device(const std::string& name) const {
  const Json all = status();
  if (!all.is_object()) return nullptr;
  for (const Json& device : all["devices"]) {
    if (device["name"] == name) return device;
  }
  return nullptr;
}

Json DaemonProcess::group(const std::string& name) const {
  const Json all = status();
  if (!all.is_object()) return nullptr;
  for (const Json& group : all["groups"]) {
    if (group["name"] == name) return group;
  }
  return nullptr;
}

std::vector<Json> DaemonProcess::events(const std::string& kind) const {
  const auto answer =
      io::http_request(file("sock"), "GET", "/api/v1/events?limit=0", "", Duration(5'000));
  std::vector<Json> out;
  if (!answer || answer->status != 200) return out;
  const Json parsed = Json::parse(answer->body, nullptr, false);
  for (const Json& event : parsed["events"]) {
    if (kind.empty() || event["kind"] == kind) out.push_back(event);
  }
  return out;
}

Finished DaemonProcess::cli(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"--socket", file("sock")});
  return run(arguments);
}

}  // namespace nightwatt::process
