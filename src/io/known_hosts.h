#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

struct ssh_key_struct;

// Which host keys are known, from files in OpenSSH's known_hosts format (sshd(8)): plain, hashed
// and pattern lines; "@revoked" lines refuse; "@cert-authority" lines are passed over.
namespace nightwatt::io {

// A line of a file that names the host.
struct KnownKey {
  std::string file{};
  int line = 0;               // from 1
  std::string type{};         // "ssh-ed25519"
  std::string fingerprint{};  // "SHA256:..."
  bool revoked = false;
  bool same = false;  // as the key it was compared with
};

enum class HostKeyVerdict : std::uint8_t {
  known,
  unknown,  // no file names the host
  changed,  // the host is named, with other keys only
  revoked,
};
struct HostKeyCheck {
  HostKeyVerdict verdict = HostKeyVerdict::unknown;
  KnownKey against{};  // the line that decided
};

// How the host is written there: "host", or "[host]:port" when the port is not 22.
std::string known_hosts_name(const std::string& host, std::uint16_t port);
// "SHA256:..." without padding.
std::string fingerprint_of(ssh_key_struct* key);
std::string key_type_of(ssh_key_struct* key);

// Every line that names the host, in the files' order; `key` (may be null) is compared with. Files
// that do not exist or cannot be read count as empty.
std::vector<KnownKey> keys_of_host(const std::vector<std::string>& files, const std::string& name,
                                   ssh_key_struct* key);
// One line with this very key is enough; a revoked one of it beats that.
HostKeyCheck judge_host_key(const std::vector<KnownKey>& known);

// Appends a line and syncs it; makes the file (0600) when it does not exist. Thread-safe.
expected<void, Error> learn_host_key(const std::string& file, const std::string& name,
                                     ssh_key_struct* key);

}  // namespace nightwatt::io
