#include "tests/peers/socat.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>
#include <utility>

#include "base/check.h"

namespace nightwatt::peers {
namespace {

constexpr const char* socat = "/usr/bin/socat";

}  // namespace

std::string Socat::missing() {
  return ::access(socat, X_OK) == 0 ? "" : std::string(socat) + " is not installed";
}

std::vector<std::string> Socat::line(const std::string& a, const std::string& b) {
  return {"pty,raw,echo=0,link=" + a, "pty,raw,echo=0,link=" + b};
}

Socat::Socat(std::vector<std::string> arguments, std::vector<std::string> paths)
    : arguments_(std::move(arguments)), paths_(std::move(paths)) {
  start();
}

void Socat::start() {
  NW_CHECK(pid_ == 0);
  std::vector<const char*> words{"socat"};
  for (const std::string& argument : arguments_) words.push_back(argument.c_str());
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  NW_CHECK(pid_ >= 0);
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::close_range(3, ~0U, 0);
    ::execv(socat, const_cast<char* const*>(words.data()));
    ::_exit(127);
  }
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (const std::string& path : paths_) {
    while (::access(path.c_str(), F_OK) != 0) {
      if (std::chrono::steady_clock::now() > limit) {
        std::cerr << "socat does not make " << path << '\n';
        std::abort();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

// socat takes its links away when it is asked to end, and not when it is shot.
void Socat::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGTERM);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  for (const std::string& path : paths_) ::unlink(path.c_str());
}

}  // namespace nightwatt::peers
