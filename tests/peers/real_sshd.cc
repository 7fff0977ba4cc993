#include "tests/peers/real_sshd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <sstream>
#include <thread>

#include "tests/peers/free_port.h"
#include "tests/peers/loopback.h"

extern char** environ;

namespace nightwatt::peers {
namespace {

constexpr const char* sshd_program = "/usr/sbin/sshd";

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "RealSshd: %s\n", why.c_str());
  ::abort();
}

pid_t spawn(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  pid_t pid = -1;
  if (::posix_spawnp(&pid, argv[0], &files, &attributes, argv.data(), environ) != 0)
    give_up("cannot start " + words[0]);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return pid;
}

void run(const std::vector<std::string>& words) {
  int status = -1;
  ::waitpid(spawn(words), &status, 0);
  if (status != 0) give_up(words[0] + " failed");
}

bool answers(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  char byte = 0;
  const bool spoke = connected && ::recv(fd, &byte, 1, 0) == 1;
  ::close(fd);
  return spoke;
}

// Each session is a process tree in a process group of its own; only the parent link leads there.
std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> found;
  std::istringstream list(
      read_file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children"));
  for (pid_t child = 0; list >> child;) {
    found.push_back(child);
    for (const pid_t further : children_of(child)) found.push_back(further);
  }
  return found;
}

}  // namespace

std::string RealSshd::missing() {
  return ::access(sshd_program, X_OK) == 0 ? "" : "no /usr/sbin/sshd (package openssh-server)";
}

RealSshd::RealSshd() : port_(free_port()) {
  if (::geteuid() == 0) ::mkdir("/run/sshd", 0755);  // sshd's own requirement for root
  const passwd* me = ::getpwuid(::geteuid());
  user_ = me != nullptr ? me->pw_name : "root";
  key_file_ = dir_.file("client_key");
  run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key_file_});
  ::rename((key_file_ + ".pub").c_str(), dir_.file("authorized_keys").c_str());
  run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir_.file("host_ed25519")});
  host_keys_.push_back(dir_.file("host_ed25519"));
  start();
}

RealSshd::~RealSshd() { stop(); }

void RealSshd::write_config() const {
  std::string config = "ListenAddress 127.0.0.1\nPort " + std::to_string(port_) +
                       "\nPidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n"
                       "KbdInteractiveAuthentication no\nPermitRootLogin yes\nPrintMotd no\n"
                       "MaxStartups 100\nAuthorizedKeysFile " +
                       dir_.file("authorized_keys") + "\n";
  // The login shell runs every command and would read the user's own start-up files first.
  config += "SetEnv HOME=" + dir_.path() + "\n";
  for (const std::string& key : host_keys_) config += "HostKey " + key + "\n";
  write_file(dir_.file("sshd_config"), config);
}

void RealSshd::start() {
  write_config();
  pid_ = spawn({"setpriv", "--pdeathsig", "KILL", sshd_program, "-D", "-f",
                dir_.file("sshd_config"), "-E", dir_.file("log")});
  for (int tries = 0; tries < 1000; ++tries) {
    if (answers(port_)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  give_up("it does not answer: " + log());
}

void RealSshd::stop() {
  if (pid_ < 0) return;
  const std::vector<pid_t> sessions = children_of(pid_);
  ::kill(pid_, SIGKILL);
  for (const pid_t session : sessions) ::kill(session, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RealSshd::hang() { ::kill(pid_, SIGSTOP); }

void RealSshd::resume() { ::kill(pid_, SIGCONT); }

void RealSshd::change_host_key() {
  stop();
  ::unlink(dir_.file("host_ed25519").c_str());
  run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir_.file("host_ed25519")});
  start();
}

void RealSshd::add_host_key(const std::string& type) {
  stop();
  const std::string file = dir_.file("host_" + type);
  run({"ssh-keygen", "-q", "-t", type, "-N", "", "-f", file});
  host_keys_.push_back(file);
  start();
}

void RealSshd::refuse_our_key() { write_file(dir_.file("authorized_keys"), ""); }

std::string RealSshd::host_key_line() const {
  std::istringstream words(read_file(dir_.file("host_ed25519.pub")));
  std::string type, key;
  words >> type >> key;
  return type + " " + key;
}

std::string RealSshd::record(const std::string& word) const {
  return "echo '" + word + "' >> '" + dir_.file("commands") + "'";
}

std::vector<std::string> RealSshd::commands() const {
  std::istringstream text(read_file(dir_.file("commands")));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

RemoteAction RealSshd::action() const {
  RemoteAction action;
  action.host = "127.0.0.1";
  action.port = port_;
  action.user = user_;
  action.key_file = key_file_;
  action.known_hosts_file = known_hosts_file();
  action.connect_timeout = std::chrono::seconds(10);
  action.shutdown.command = record("shutdown");
  return action;
}

}  // namespace nightwatt::peers
