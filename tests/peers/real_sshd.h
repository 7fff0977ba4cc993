#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/run.h"
#include "tests/peers/temp_dir.h"

// A real OpenSSH server on a free loopback port, with a host key, a client key and a log of its
// own. The user is whoever runs the test: sshd without root can serve nobody else.
//
// Commands really run; record("shutdown") is one that leaves its word for commands(). The server
// dies with the test.
namespace nightwatt::peers {

class RealSshd {
 public:
  // Empty when a real sshd can be run here; else why not, for GTEST_SKIP.
  static std::string missing();

  RealSshd();   // running, and it answers
  ~RealSshd();  // killed, with its sessions
  RealSshd(const RealSshd&) = delete;
  RealSshd& operator=(const RealSshd&) = delete;

  void start();            // on the same port
  void stop();             // the listener and every session: the port refuses
  void hang();             // SIGSTOP: connections are taken by the kernel and nobody speaks
  void resume();           // SIGCONT
  void change_host_key();  // and restarts
  void refuse_our_key();   // the client's key is no longer authorised
  void add_host_key(const std::string& type);  // besides the first; restarts

  std::uint16_t port() const { return port_; }
  const std::string& key_file() const { return key_file_; }
  const std::string& user() const { return user_; }
  std::string known_hosts_file() const { return dir_.file("known_hosts"); }
  // "ssh-ed25519 AAAA...": the present host key.
  std::string host_key_line() const;

  // A command line that appends `word` to the list that commands() reads.
  std::string record(const std::string& word) const;
  std::vector<std::string> commands() const;
  // Ready to run: this server, this key, one recorded shutdown command.
  RemoteAction action() const;
  std::string log() const { return read_file(dir_.file("log")); }

 private:
  void write_config() const;

  TempDir dir_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  std::string user_;
  std::string key_file_;
  std::vector<std::string> host_keys_;
};

}  // namespace nightwatt::peers
