#include "tests/peers/cables.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <thread>

#include "base/check.h"

namespace nightwatt::peers {
namespace {

constexpr const char* ip = "/usr/sbin/ip";
constexpr const char* nft = "/usr/sbin/nft";

int own_namespace() { return ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); }

// 0: it worked; else the errno. The namespace lives as long as the descriptor.
int make_namespace(int& fd) {
  int error = 0;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) {
      error = errno;
      return;
    }
    fd = own_namespace();
    if (fd < 0) error = errno;
  }).join();
  return error;
}

// The command's exit status, in that namespace; what it says goes to standard error, or nowhere.
int run_in(int space, const std::vector<std::string>& command, bool quiet) {
  std::vector<const char*> words;
  for (const std::string& word : command) words.push_back(word.c_str());
  words.push_back(nullptr);
  const pid_t pid = ::fork();
  NW_CHECK(pid >= 0);
  if (pid == 0) {
    // In the child only what is safe after a fork of a process with threads. Never at home.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::setns(space, CLONE_NEWNET) != 0) ::_exit(126);
    const int nowhere = ::open("/dev/null", O_RDWR);
    ::dup2(nowhere, 0);
    ::dup2(quiet ? nowhere : 2, 1);
    if (quiet) ::dup2(nowhere, 2);
    ::close_range(3, ~0U, 0);
    ::execv(words[0], const_cast<char* const*>(words.data()));
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

std::string name(int cable) { return "cable" + std::to_string(cable); }

}  // namespace

std::string Cables::missing() {
  if (::access(ip, X_OK) != 0) return std::string(ip) + " is not installed (package iproute2)";
  if (::access(nft, X_OK) != 0) return std::string(nft) + " is not installed (package nftables)";
  int space = -1;
  if (const int error = make_namespace(space); error != 0) {
    return std::string("network namespaces cannot be made here: ") + std::strerror(error);
  }
  std::string why;
  if (run_in(space, {ip, "link", "add", "near", "type", "veth", "peer", "name", "far"}, true) !=
      0) {
    why = "veth pairs cannot be made here";
  } else if (run_in(space, {nft, "add", "table", "inet", "trial"}, true) != 0) {
    why = "nft cannot make a table here";
  }
  ::close(space);
  return why;
}

Cables::Cables() : home_(own_namespace()) {
  NW_CHECK(home_ >= 0);
  NW_CHECK(make_namespace(daemon_) == 0 && make_namespace(servers_) == 0);
  change(End::daemon, {ip, "link", "set", "lo", "up"});
  change(End::servers, {ip, "link", "set", "lo", "up"});
  const std::string there =
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(servers_);
  for (int cable = 1; cable <= count; ++cable) {
    change(End::daemon, {ip, "link", "add", name(cable), "type", "veth", "peer", "name",
                         name(cable), "netns", there});
    const std::string subnet = "10.213." + std::to_string(cable) + ".";
    change(End::daemon, {ip, "address", "add", subnet + "1/24", "dev", name(cable)});
    change(End::servers, {ip, "address", "add", subnet + "2/24", "dev", name(cable)});
    change(End::daemon, {ip, "link", "set", name(cable), "up"});
    change(End::servers, {ip, "link", "set", name(cable), "up"});
  }
}

Cables::~Cables() {
  NW_CHECK(::setns(home_, CLONE_NEWNET) == 0);
  for (const int fd : {servers_, daemon_, home_}) ::close(fd);
}

void Cables::stand_at(End end) const {
  NW_CHECK(::setns(end == End::daemon ? daemon_ : servers_, CLONE_NEWNET) == 0);
}

// The other end loses its carrier and keeps its address and its route.
void Cables::pull(int cable) const {
  change(End::servers, {ip, "link", "set", name(cable), "down"});
}
void Cables::plug(int cable) const { change(End::servers, {ip, "link", "set", name(cable), "up"}); }

void Cables::drop(int cable) const {
  change(End::servers, {nft, "add table inet " + name(cable) + "; add chain inet " + name(cable) +
                                 " in { type filter hook input priority 0; }; add rule inet " +
                                 name(cable) + " in iifname " + name(cable) + " drop"});
}
void Cables::pass(int cable) const {
  change(End::servers, {nft, "delete table inet " + name(cable)});
}

void Cables::change(End end, const std::vector<std::string>& command) const {
  if (run_in(end == End::daemon ? daemon_ : servers_, command, false) == 0) return;
  for (const std::string& word : command) std::cerr << word << ' ';
  std::cerr << "failed\n";
  std::abort();
}

}  // namespace nightwatt::peers
