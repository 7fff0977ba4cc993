#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "io/cancellation.h"
#include "io/file_text.h"
#include "model/run.h"

// One SSH connection of a worker thread, over libssh in non-blocking mode: every wait ends at its
// deadline and at once when cancelled. Error texts name no machine; the caller puts it in front.
namespace nightwatt::io {

// How a remote command ended.
struct RemoteExit {
  enum class How {
    exited,           // `status`
    signalled,        // `signal`, without "SIG"
    channel_closed,   // the session ended without either
    connection_lost,  // with or without a word
    timed_out,
    cancelled,
    refused,  // was never started; `error` says why
  } how = How::refused;
  int status = 0;
  std::string signal{};
  std::string err{};  // the beginning of standard error
  std::string error{};
};

class SshSession {
 public:
  explicit SshSession(const Cancellation& cancel);
  ~SshSession();
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;

  // Key exchange over a connected socket; host key algorithms that the known keys allow come first,
  // so that a host with several keys shows the one that is known.
  expected<void, Error> start(Descriptor socket, const RemoteAction& action,
                              const std::vector<std::string>& known_types, Instant until);
  // After start(): checks the host key against `files`, and learns a new one into `learn` when
  // `accept_new`. Sets `remark` when it could not be written there.
  expected<void, Error> check_host_key(const RemoteAction& action,
                                       const std::vector<std::string>& files,
                                       const std::string& learn, std::string& remark);
  // With action.key_file, else the agent and the user's default keys. Never asks for anything.
  expected<void, Error> log_in(const RemoteAction& action, Instant until);
  RemoteExit run(const std::string& command, Instant until);
  bool connected() const;

 private:
  struct Parts;  // libssh's handles
  std::unique_ptr<Parts> parts_;
};

}  // namespace nightwatt::io
