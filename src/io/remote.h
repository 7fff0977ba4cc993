#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "io/cancellation.h"
#include "io/command.h"
#include "model/run.h"

// One remote server's shutdown over SSH (libssh), blocking on the caller's thread. Nothing of the
// user's ~/.ssh/config applies: what is done is what the configuration says.
namespace nightwatt::io {

inline constexpr std::size_t remote_output_max =
    4 * 1024;  // bytes of stderr kept; the rest is read

struct KnownHostsFiles {
  std::string learn{};              // new keys are added here (accept_new); also read
  std::vector<std::string> also{};  // read only
};

// Connects, checks the host key, logs in with a key, runs the pre-shutdown commands in order (one
// that fails is a remark) and then the shutdown command. Ok when that one exited with 0, or when
// the connection went down with the machine while it ran.
StepOutcome run_remote(const RemoteAction& action, const KnownHostsFiles& files, Duration deadline,
                       const Cancellation& cancel);

enum class PortAnswer : std::uint8_t {
  answers,
  silent,      // refused, reset, or no answer in time
  cannot_say,  // the name does not resolve, no route, our own limits: says nothing about the
               // machine
};
// Does the SSH port take a connection (`banner`: and send "SSH-")?
PortAnswer probe_port(const std::string& host, std::uint16_t port, bool banner, Duration timeout,
                      const Cancellation& cancel);

// "root@10.0.0.5:22", with brackets around an IPv6 address.
std::string endpoint_text(const RemoteAction& action);

}  // namespace nightwatt::io
