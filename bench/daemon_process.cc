#include "bench/daemon_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "bench/loopback.h"

namespace nightwatt::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

double since(SteadyClock::time_point from) {
  return std::chrono::duration<double>(SteadyClock::now() - from).count();
}

pid_t launch(std::vector<std::string> arguments, const std::string& output) {
  arguments.insert(arguments.begin(), NIGHTWATT_BINARY);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::fflush(stdout);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execv(argv[0], argv.data());
  std::_Exit(127);
}

std::size_t status_kib(pid_t pid, const std::string& key) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(key + ":"))
      return std::strtoul(line.c_str() + key.size() + 1, nullptr, 10);
  }
  return 0;
}

[[noreturn]] void give_up(const Workplace& place, const char* why) {
  fmt::print(stderr, "bench: {}:\n", why);
  std::ifstream log(place.file("log"));
  std::string line;
  while (std::getline(log, line)) fmt::print(stderr, "  {}\n", line);
  std::exit(1);
}

}  // namespace

std::string config_text(const BenchSite& site) {
  std::string out = "behavior: {dry_run: true}\ncomm_devices:\n";
  const auto add = [&out]<class... T>(fmt::format_string<T...> text, T&&... values) {
    fmt::format_to(std::back_inserter(out), text, std::forward<T>(values)...);
  };
  const std::size_t servers = (site.devices + site.per_upsd - 1) / site.per_upsd;
  for (std::size_t i = 0; i < 2 * servers; ++i) {
    add("  - {{id: nut-{:05}-{}, driver: nut, host: {}, port: {}}}\n", i / 2, i % 2 + 1,
        loopback_host(i), site.port);
  }
  out += "ups:\n";
  for (std::size_t i = 0; i < site.devices; ++i) {
    const std::size_t server = i / site.per_upsd;
    const std::size_t unit = i % site.per_upsd;
    add("  - name: UPS-{:05}\n    check_interval: 1\n    paths:\n", i);
    add("      - {{comm: nut-{:05}-1, unit: ups{}, initial_fail: 5s}}\n", server, unit);
    add("      - {{comm: nut-{:05}-2, unit: ups{}, retry_primary: 300s}}\n", server, unit);
  }
  out += "redundancy_groups:\n";
  for (std::size_t i = 0; i < site.devices / 2; ++i) {
    add("  - name: rack-{:05}\n    ups_sources: [UPS-{:05}, UPS-{:05}]\n", i, 2 * i, 2 * i + 1);
    add("    unknown_counts_as: evidence\n    blind_shutdown_after: 30m\n");
    add("    stray_flag: replace\n    remote_servers:\n");
    add("      - {{name: server-{:05}, enabled: true, host: 10.{}.{}.{}, user: root}}\n", i,
        9 + i / 62'500, i / 250 % 250, 1 + i % 250);
  }
  out += "local_shutdown: {enabled: false}\n";
  return out;
}

Workplace::Workplace(const std::string& config) {
  std::string folder = (std::filesystem::temp_directory_path() / "nightwatt-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) std::exit(1);
  folder_ = folder;
  std::ofstream(file("config.yaml")) << config;
}

Workplace::~Workplace() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Finished validate(const Workplace& place) {
  const auto from = SteadyClock::now();
  const pid_t pid = launch({"validate", "--config", place.file("config.yaml")}, place.file("log"));
  int status = 0;
  rusage usage{};
  ::wait4(pid, &status, 0, &usage);
  const auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  Finished out;
  out.wall_s = since(from);
  out.cpu_s = s(usage.ru_utime) + s(usage.ru_stime);
  out.peak_bytes = static_cast<std::size_t>(usage.ru_maxrss) * 1024;
  out.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (out.exit_code != 0) give_up(place, "validate failed");
  return out;
}

DaemonProcess::DaemonProcess(const Workplace& place)
    : pid_(launch({"run", "--config", place.file("config.yaml"), "--state-dir", place.file("state"),
                   "--socket", place.file("socket")},
                  place.file("log"))) {
  const auto from = SteadyClock::now();
  while (::access(place.file("socket").c_str(), F_OK) != 0) {
    ::usleep(1'000);
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) give_up(place, "the daemon ended");
    if (since(from) > 120) give_up(place, "the daemon does not start");
  }
  start_s_ = since(from);
}

DaemonProcess::~DaemonProcess() {
  ::kill(pid_, SIGTERM);
  for (int i = 0; i < 200; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) return;
    ::usleep(25'000);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

double DaemonProcess::cpu_us() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) std::exit(1);
  return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e3;
}

std::size_t DaemonProcess::resident_bytes() const { return 1024 * status_kib(pid_, "VmRSS"); }
std::size_t DaemonProcess::peak_bytes() const { return 1024 * status_kib(pid_, "VmHWM"); }

}  // namespace nightwatt::bench
