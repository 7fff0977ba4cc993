#include "tests/peers/real_snmpd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <thread>

#include "base/check.h"
#include "tests/peers/free_port.h"
#include "wire/snmp/message.h"

namespace nightwatt::peers {
namespace {

constexpr const char* snmpd = "/usr/sbin/snmpd";

std::vector<const char*> pointers(const std::vector<std::string>& words) {
  std::vector<const char*> out;
  for (const std::string& word : words) out.push_back(word.c_str());
  out.push_back(nullptr);
  return out;
}

pid_t spawn(const std::vector<std::string>& words, const std::vector<std::string>& environment,
            const char* output) {
  const auto arguments = pointers(words);
  const auto variables = pointers(environment);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  NW_CHECK(pid >= 0);
  if (pid > 0) return pid;
  // In the child only what is safe after a fork of a process with threads.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, 0);
  if (output != nullptr) {
    const int out = ::open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
  }
  ::close_range(3, ~0U, 0);
  ::execve(arguments[0], const_cast<char* const*>(arguments.data()),
           const_cast<char* const*>(variables.data()));
  ::_exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

std::string quoted(const std::string& type, const std::string& value) {
  return type == "octet_str" ? '"' + value + '"' : value;
}

}  // namespace

std::vector<RealSnmpd::Object> RealSnmpd::ups() {
  const std::string mib = "1.3.6.1.2.1.33.1.";
  return {{mib + "2.1.0", "integer", "2"},       {mib + "2.3.0", "integer", "30"},
          {mib + "2.4.0", "integer", "87"},      {mib + "2.5.0", "integer", "273"},
          {mib + "3.3.1.2.1", "integer", "500"}, {mib + "3.3.1.3.1", "integer", "230"},
          {mib + "4.1.0", "integer", "3"},       {mib + "4.4.1.5.1", "integer", "23"},
          {mib + "8.2.0", "integer", "-1", true}};
}

std::string RealSnmpd::missing() {
  return ::access(snmpd, X_OK) == 0 ? "" : std::string(snmpd) + " is not installed (package snmpd)";
}

RealSnmpd::RealSnmpd() : RealSnmpd(Settings{}) {}

RealSnmpd::RealSnmpd(Settings settings) : settings_(std::move(settings)) {
  if (settings_.port == 0) settings_.port = free_port();
  start();
}

RealSnmpd::~RealSnmpd() { kill(); }

void RealSnmpd::write_files() {
  std::ostringstream text;
  text << "agentaddress udp:127.0.0.1:" << settings_.port;
  if (const std::string& other = settings_.listen_also; !other.empty()) {
    text << ",udp:" << other << ':' << settings_.port;
  }
  text << "\nexactEngineID 0x" << settings_.engine_id << "\nrocommunity public"
       << (settings_.listen_also.empty() ? " 127.0.0.1" : "")
       << "\nrwcommunity private 127.0.0.1\n";
  for (const std::string& user : settings_.users) {
    const std::string name = user.substr(0, user.find(' '));
    const char* const level =
        user.find(" AES") != std::string::npos || user.find(" DES") != std::string::npos
            ? "authpriv"
        : user == name ? "noauth"
                       : "auth";
    text << "createUser " << user << "\nrwuser " << name << ' ' << level << '\n';
  }
  for (const Object& object : settings_.objects) {
    text << "override " << (object.writable ? "-rw " : "") << '.' << object.oid << ' '
         << object.type << ' ' << quoted(object.type, object.value) << '\n';
  }
  write_file(folder_.file("snmpd.conf"), text.str());
}

void RealSnmpd::start() {
  NW_CHECK(pid_ == 0);
  write_files();
  const std::string folder = folder_.path();
  std::filesystem::create_directories(folder + "/var");
  const std::string log = folder + "/log";
  pid_ = spawn({snmpd, "-f", "-C", "-c", folder + "/snmpd.conf", "-Lf", log, "-I", "-smux,-agentx"},
               {"SNMP_PERSISTENT_DIR=" + folder + "/var", "SNMPCONFPATH=" + folder, "MIBS="},
               log.c_str());
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!answers()) {
    if (std::chrono::steady_clock::now() < limit) continue;
    std::cerr << "real snmpd does not answer\n" << read_file(log);
    std::abort();
  }
}

// Asks for the time since its start; waits 50 ms at most.
bool RealSnmpd::answers() const {
  wire::snmp::Message message{.community = "public", .request_id = 1};
  message.varbinds.push_back({*wire::snmp::parse_oid("1.3.6.1.2.1.1.3.0"), {}});
  const std::string bytes = wire::snmp::encode_message(message);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(settings_.port);
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const timeval patience{0, 50'000};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  char buffer[1'500];
  ssize_t size = -1;
  if (::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
    size = ::recv(fd, buffer, sizeof buffer, 0);
  }
  ::close(fd);
  if (size < 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return size > 0;
}

void RealSnmpd::hang() {
  ::kill(pid_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);  // returns when it has stopped
  hanging_ = true;
}

void RealSnmpd::go_on() {
  ::kill(pid_, SIGCONT);
  hanging_ = false;
}

void RealSnmpd::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  hanging_ = false;
  wait_for(pid_);
  pid_ = 0;
}

// SIGTERM lets it write its boot count and the users' keys.
void RealSnmpd::restart() {
  ::kill(pid_, SIGTERM);
  if (hanging_) ::kill(pid_, SIGCONT);
  wait_for(pid_);
  pid_ = 0;
  start();
}

void RealSnmpd::restart_as(std::string engine_id) {
  kill();
  std::filesystem::remove_all(folder_.file("var"));
  settings_.engine_id = std::move(engine_id);
  start();
}

int run_snmp_tool(const std::vector<std::string>& words) {
  const TempDir folder;
  std::vector<std::string> command = words;
  command[0] = "/usr/bin/" + command[0];
  const pid_t pid = spawn(
      command, {"SNMP_PERSISTENT_DIR=" + folder.path(), "SNMPCONFPATH=" + folder.path(), "MIBS="},
      "/dev/null");
  return wait_for(pid);
}

}  // namespace nightwatt::peers
