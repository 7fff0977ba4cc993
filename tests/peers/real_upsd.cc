#include "tests/peers/real_upsd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>
#include <utility>

#include "base/check.h"
#include "tests/peers/fake_drivers.h"
#include "tests/peers/free_port.h"
#include "tests/peers/loopback.h"
#include "wire/nut/words.h"

namespace nightwatt::peers {
namespace {

constexpr const char* upsd =
    "/lib/nut/upsd";  // /sbin/upsd is Debian's wrapper and may refuse to start

std::string own_user() {
  const auto* const entry = ::getpwuid(::getuid());
  return entry == nullptr ? "root" : entry->pw_name;
}

}  // namespace

class RealUpsd::Drivers : public FakeDrivers {
 public:
  using FakeDrivers::FakeDrivers;
};

std::string RealUpsd::missing() {
  return ::access(upsd, X_OK) == 0 ? ""
                                   : std::string(upsd) + " is not installed (package nut-server)";
}

RealUpsd::RealUpsd() : RealUpsd(Settings{}) {}

RealUpsd::RealUpsd(Settings settings) : settings_(std::move(settings)) {
  std::string pattern = "/tmp/nwu.XXXXXX";
  NW_CHECK(::mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  if (settings_.port == 0) settings_.port = free_port();
  std::filesystem::create_directory(folder_ + "/run");
  std::filesystem::create_directory(folder_ + "/etc");
  std::filesystem::permissions(folder_ + "/run", std::filesystem::perms::owner_all);
  write_files();
  drivers_ = std::make_unique<Drivers>(folder_ + "/run", settings_.upses);
  start();
}

RealUpsd::~RealUpsd() {
  end(SIGKILL);
  drivers_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void RealUpsd::write_files() const {
  std::ofstream daemon(folder_ + "/etc/upsd.conf");
  daemon << "LISTEN 127.0.0.1 " << settings_.port << "\nSTATEPATH " << folder_ << "/run\nMAXAGE "
         << settings_.max_age_s << '\n';
  for (const std::string& address : settings_.listen_also) {
    daemon << "LISTEN " << address << ' ' << settings_.port << '\n';
  }
  std::ofstream upses(folder_ + "/etc/ups.conf");
  upses << "maxretry = 1\n";
  for (const std::string& ups : settings_.upses) {
    upses << '[' << ups << "]\n  driver = dummy-ups\n  port = none\n  desc = \"" << ups << "\"\n";
  }
  std::string password;
  wire::nut::append_quoted(password, settings_.password);
  std::ofstream users(folder_ + "/etc/upsd.users");
  users << '[' << settings_.username << "]\n  password = " << password << "\n  upsmon secondary\n";
  users << "[admin]\n  password = adminpw\n  actions = SET\n  instcmds = ALL\n"
        << "[mute]\n  password = mutepw\n  instcmds = beeper.mute\n";
  users.close();
  for (const char* file : {"upsd.conf", "ups.conf", "upsd.users"}) {
    ::chmod((folder_ + "/etc/" + file).c_str(), 0600);
  }
}

void RealUpsd::spawn() {
  const std::string conf = "NUT_CONFPATH=" + folder_ + "/etc";
  const std::string state = "NUT_STATEPATH=" + folder_ + "/run";
  const std::string pids = "NUT_ALTPIDPATH=" + folder_ + "/run";
  const std::string log = folder_ + "/log";
  const std::string user = own_user();
  const char* const arguments[] = {"upsd", "-u", user.c_str(), "-F", nullptr};
  const char* const environment[] = {conf.c_str(), state.c_str(), pids.c_str(), nullptr};
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  NW_CHECK(pid_ >= 0);
  if (pid_ > 0) return;
  // In the child only what is safe after a fork of a process with threads.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  const int in = ::open("/dev/null", O_RDONLY);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::close_range(3, ~0U, 0);
  ::execve(upsd, const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
  ::_exit(127);
}

void RealUpsd::start() {
  NW_CHECK(pid_ == 0);
  hanging_ = false;
  spawn();
  wait_served();
}

void RealUpsd::wait_served() {
  for (const std::string& ups : settings_.upses) {
    if (!drivers_->running(ups)) continue;
    const std::string request = "GET VAR " + ups + " ups.status";
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (true) {
      const std::string reply = ask(request);
      if (reply.starts_with("VAR") && reply.find("WAIT") == std::string::npos) break;
      if (reply.starts_with("ERR DATA-STALE")) break;
      if (std::chrono::steady_clock::now() > limit) {
        std::cerr << "real upsd does not serve " << ups << ": " << reply << '\n'
                  << std::ifstream(folder_ + "/log").rdbuf();
        std::abort();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
}

void RealUpsd::end(int signal) {
  if (pid_ == 0) return;
  ::kill(pid_, signal);
  if (hanging_) ::kill(pid_, SIGCONT);
  hanging_ = false;
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

void RealUpsd::kill() { end(SIGKILL); }
void RealUpsd::terminate() { end(SIGTERM); }

void RealUpsd::hang() {
  NW_CHECK(pid_ != 0);
  ::kill(pid_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);  // returns when it has stopped
  hanging_ = true;
}

void RealUpsd::go_on() {
  NW_CHECK(pid_ != 0);
  ::kill(pid_, SIGCONT);
  hanging_ = false;
}

void RealUpsd::set(const std::string& ups, const std::string& variable, const std::string& value) {
  drivers_->set(ups, variable, value);
  std::string reply = "VAR " + ups + " " + variable + " ";
  wire::nut::append_quoted(reply, value);
  await("GET VAR " + ups + " " + variable, reply);
}

void RealUpsd::remove(const std::string& ups, const std::string& variable) {
  drivers_->remove(ups, variable);
  await("GET VAR " + ups + " " + variable, "ERR VAR-NOT-SUPPORTED");
}

void RealUpsd::set_stale(const std::string& ups, bool stale) {
  drivers_->set_stale(ups, stale);
  await("GET VAR " + ups + " ups.status", "ERR DATA-STALE", stale);
}

void RealUpsd::stop_driver(const std::string& ups) {
  drivers_->stop(ups);
  await("GET VAR " + ups + " ups.status", "ERR DRIVER-NOT-CONNECTED");
}

void RealUpsd::start_driver(const std::string& ups) {
  drivers_->start(ups);
  if (pid_ != 0 && !hanging_) wait_served();
}

void RealUpsd::take_orders(const std::string& ups, int code) {
  drivers_->take_orders(ups, code);
  await("GET TYPE " + ups + " input.sensitivity", "TYPE " + ups + " input.sensitivity RW ENUM");
  await("GET CMDDESC " + ups + " load.off", "CMDDESC");
}

std::vector<std::string> RealUpsd::orders(const std::string& ups) const {
  return drivers_->orders(ups);
}

void RealUpsd::finish_order(const std::string& ups, int code) { drivers_->finish_order(ups, code); }

// Aborts after ten seconds: a fixture that does not do as told makes every later line meaningless.
void RealUpsd::await(std::string_view request, std::string_view reply_start, bool wanted) const {
  if (pid_ == 0 || hanging_) return;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (true) {
    const std::string reply = ask(request);
    if (!reply.empty() && reply.starts_with(reply_start) == wanted) return;
    // The UPS may be stale or its driver stopped: then the value is there when that ends.
    if (wanted && reply_start.starts_with("VAR") && reply.starts_with("ERR D")) return;
    if (std::chrono::steady_clock::now() > limit) {
      std::cerr << "real upsd: " << request << " gives " << reply << '\n';
      std::abort();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::string RealUpsd::ask(std::string_view request) const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(settings_.port);
  const timeval patience{2, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string reply;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string line = std::string(request) + "\n";
    [[maybe_unused]] const auto sent = ::send(fd, line.data(), line.size(), MSG_NOSIGNAL);
    char byte = 0;
    while (::recv(fd, &byte, 1, 0) == 1 && byte != '\n') reply += byte;
  }
  ::close(fd);
  return reply;
}

}  // namespace nightwatt::peers
