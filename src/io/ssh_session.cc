#include "io/ssh_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <string_view>
#include <utility>

#include "io/known_hosts.h"
#include "io/remote.h"
#include "io/system_clock.h"
#include "io/tcp.h"

namespace nightwatt::io {
namespace {

// libssh 0.10 starts itself as a shared library; a static one needs this. Log lines of the library
// go nowhere: its errors come back as values.
void start_library_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    ssh_threads_set_callbacks(ssh_threads_get_pthread());
    ssh_init();
    ssh_set_log_level(SSH_LOG_NONE);
    ssh_set_log_callback([](int, const char*, const char*, void*) {});
  });
}

// An encrypted key needs a person; say no instead of asking the terminal.
int no_passphrase(const char*, char*, std::size_t, int, int, void*) { return -1; }

struct FreeKey {
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
using Key = std::unique_ptr<ssh_key_struct, FreeKey>;

// libssh keeps a freed channel until the other side has closed it too, and would go on calling
// back: the callbacks must be taken off first.
struct CloseChannel {
  ssh_channel_callbacks callbacks;
  void operator()(ssh_channel channel) const {
    ssh_remove_channel_callbacks(channel, callbacks);
    ssh_channel_close(channel);
    ssh_channel_free(channel);
  }
};
using Channel = std::unique_ptr<ssh_channel_struct, CloseChannel>;

constexpr std::array<std::string_view, 6> algorithms = {
    "ssh-ed25519",         "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521", "rsa-sha2-512",        "rsa-sha2-256"};

// Our algorithms, those of known key types first.
std::string host_key_order(const std::vector<std::string>& known_types) {
  std::string first, others;
  for (const std::string_view algorithm : algorithms) {
    const std::string_view type = algorithm.starts_with("rsa-") ? "ssh-rsa" : algorithm;
    const bool known = std::find(known_types.begin(), known_types.end(), type) != known_types.end();
    std::string& list = known ? first : others;
    list += (list.empty() ? "" : ",") + std::string(algorithm);
  }
  return first + (first.empty() || others.empty() ? "" : ",") + others;
}

struct ExitSeen {
  std::optional<int> status;
  std::string signal;
};

void on_exit_status(ssh_session, ssh_channel, int status, void* seen) {
  static_cast<ExitSeen*>(seen)->status = status;
}

void on_exit_signal(ssh_session, ssh_channel, const char* signal, int, const char*, const char*,
                    void* seen) {
  static_cast<ExitSeen*>(seen)->signal = signal != nullptr ? signal : "?";
}

}  // namespace

struct SshSession::Parts {
  ssh_session session = nullptr;
  const Cancellation& cancel;
  Descriptor socket;  // our second descriptor of the connection
  int given = -1;     // the one that libssh works with

  explicit Parts(const Cancellation& c) : cancel(c) {}

  std::string error() const {
    const std::string text = ssh_get_error(session);
    return text.empty() ? "connection lost" : text;
  }

  // Until the connection has something for us. False: out of time, or cancelled.
  bool wait(Instant until) const {
    const short events =
        (ssh_get_poll_flags(session) & SSH_WRITE_PENDING) != 0 ? POLLIN | POLLOUT : POLLIN;
    const SystemClock clock;
    // libssh may hold bytes that poll(2) knows nothing of, so no wait is long.
    const Instant soon = std::min(until, clock.now() + Duration(100));
    if (!wait_for_fd(ssh_get_fd(session), events, soon, cancel) && cancel.cancelled()) return false;
    return clock.now() < until;
  }

  // Repeats a non-blocking call while it says `again`; nothing when time or patience ended.
  template <class Call>
  std::optional<int> drive(int again, Instant until, Call call) const {
    for (;;) {
      const int result = call();
      if (result != again) return result;
      if (!wait(until)) return std::nullopt;
    }
  }

  RemoteExit collect(ssh_channel channel, const ExitSeen& seen, Instant until) const;
};

SshSession::SshSession(const Cancellation& cancel) : parts_(std::make_unique<Parts>(cancel)) {
  start_library_once();
}

SshSession::~SshSession() {
  if (parts_->session == nullptr) return;
  ssh_disconnect(parts_->session);
  ssh_free(parts_->session);
  // libssh 0.10 closes a descriptor that it was given in some error paths and otherwise leaves it
  // open. Ours keeps the socket alive, so its inode number cannot stand for another one.
  struct stat ours{}, theirs{};
  if (parts_->given >= 0 && ::fstat(parts_->socket.get(), &ours) == 0 &&
      ::fstat(parts_->given, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
      ours.st_ino == theirs.st_ino)
    ::close(parts_->given);
}

bool SshSession::connected() const {
  return parts_->session != nullptr && ssh_is_connected(parts_->session) != 0;
}

expected<void, Error> SshSession::start(Descriptor socket, const RemoteAction& action,
                                        const std::vector<std::string>& known_types,
                                        Instant until) {
  ssh_session session = ssh_new();
  if (session == nullptr) return fail(Errc::limit_reached, "no memory for an SSH session");
  parts_->session = session;
  ssh_set_blocking(session, 0);
  const int no = 0;
  const int port = action.port;
  const std::string order = host_key_order(known_types);
  // The user's configuration could name another host, a proxy, other keys: it does not apply. Host
  // keys are our own business (known_hosts.h).
  bool fine = ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no) == SSH_OK;
  fine = fine && ssh_options_set(session, SSH_OPTIONS_HOST, action.host.c_str()) == SSH_OK;
  fine = fine && ssh_options_set(session, SSH_OPTIONS_PORT, &port) == SSH_OK;
  fine = fine && ssh_options_set(session, SSH_OPTIONS_USER, action.user.c_str()) == SSH_OK;
  fine = fine && ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") == SSH_OK;
  fine = fine && ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") == SSH_OK;
  fine = fine && ssh_options_set(session, SSH_OPTIONS_HOSTKEYS, order.c_str()) == SSH_OK;
  parts_->socket = Descriptor(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 3));
  if (!parts_->socket) return fail(Errc::limit_reached, errno_text(errno));
  int fd = socket.get();
  fine = fine && ssh_options_set(session, SSH_OPTIONS_FD, &fd) == SSH_OK;
  if (!fine) return fail(Errc::bad_reply, parts_->error());
  parts_->given = socket.release();

  const auto result = parts_->drive(SSH_AGAIN, until, [&] { return ssh_connect(session); });
  if (!result) return fail(Errc::timed_out, "the SSH server does not speak");
  if (*result != SSH_OK) return fail(Errc::bad_reply, parts_->error());
  return {};
}

expected<void, Error> SshSession::check_host_key(const RemoteAction& action,
                                                 const std::vector<std::string>& files,
                                                 const std::string& learn, std::string& remark) {
  ssh_key raw = nullptr;
  if (ssh_get_server_publickey(parts_->session, &raw) != SSH_OK)
    return fail(Errc::bad_reply, "no host key: " + parts_->error());
  const Key key(raw);
  const std::string name = known_hosts_name(action.host, action.port);
  const std::string got = key_type_of(raw) + " " + fingerprint_of(raw);
  const HostKeyCheck check = judge_host_key(keys_of_host(files, name, raw));
  const KnownKey& line = check.against;
  switch (check.verdict) {
    case HostKeyVerdict::known: return {};
    case HostKeyVerdict::revoked:
      return fail(Errc::unauthorised, fmt::format("host key {} is revoked by line {} of {}", got,
                                                  line.line, line.file));
    case HostKeyVerdict::changed:
      return fail(Errc::unauthorised,
                  fmt::format("host key changed; expected {} {}, got {}; if this is right, remove "
                              "line {} from {}",
                              line.type, line.fingerprint, got, line.line, line.file));
    case HostKeyVerdict::unknown: break;
  }
  if (action.host_key_policy == HostKeyPolicy::strict)
    return fail(Errc::unauthorised,
                fmt::format("host key {} is not known and host_key_policy is strict; if this is "
                            "right, add the key of {} to {}",
                            got, name, learn));
  // Losing power is worse than meeting the same machine as a stranger again.
  if (auto learnt = learn_host_key(learn, name, raw); !learnt)
    remark = "its host key could not be recorded: " + learnt.error().what;
  return {};
}

expected<void, Error> SshSession::log_in(const RemoteAction& action, Instant until) {
  ssh_session session = parts_->session;
  std::optional<int> result;
  if (action.key_file.empty()) {
    result = parts_->drive(SSH_AUTH_AGAIN, until,
                           [&] { return ssh_userauth_publickey_auto(session, nullptr, nullptr); });
  } else {
    ssh_key raw = nullptr;
    const int read =
        ssh_pki_import_privkey_file(action.key_file.c_str(), nullptr, no_passphrase, nullptr, &raw);
    if (read == SSH_EOF)
      return fail(Errc::unauthorised,
                  fmt::format("key file {} does not exist or cannot be read", action.key_file));
    if (read != SSH_OK)
      return fail(Errc::unauthorised,
                  fmt::format("key file {} cannot be used (not a private key, or it has a "
                              "passphrase: nobody is there to type it)",
                              action.key_file));
    const Key key(raw);
    result = parts_->drive(SSH_AUTH_AGAIN, until,
                           [&] { return ssh_userauth_publickey(session, nullptr, raw); });
  }
  if (!result) return fail(Errc::timed_out, "no answer to the login");
  if (*result == SSH_AUTH_SUCCESS) return {};
  if (*result == SSH_AUTH_ERROR) return fail(Errc::bad_reply, "login failed: " + parts_->error());
  return fail(Errc::unauthorised,
              fmt::format("login as '{}' refused with {}", action.user,
                          action.key_file.empty() ? "the agent's and the default keys"
                                                  : "key " + action.key_file));
}

RemoteExit SshSession::run(const std::string& command, Instant until) {
  ssh_session session = parts_->session;
  RemoteExit exit;
  const auto stopped = [&](const std::optional<int>& result) {
    if (result) {
      exit.how = connected() ? RemoteExit::How::refused : RemoteExit::How::connection_lost;
      exit.error = parts_->error();
    } else {
      exit.how =
          parts_->cancel.cancelled() ? RemoteExit::How::cancelled : RemoteExit::How::timed_out;
    }
    return exit;
  };
  ExitSeen seen;
  ssh_channel_callbacks_struct callbacks{};
  ssh_callbacks_init(&callbacks);
  callbacks.userdata = &seen;
  callbacks.channel_exit_status_function = on_exit_status;
  callbacks.channel_exit_signal_function = on_exit_signal;
  const Channel channel(ssh_channel_new(session), CloseChannel{&callbacks});
  if (!channel) return stopped(SSH_ERROR);
  ssh_set_channel_callbacks(channel.get(), &callbacks);
  auto result =
      parts_->drive(SSH_AGAIN, until, [&] { return ssh_channel_open_session(channel.get()); });
  if (result != SSH_OK) return stopped(result);
  result = parts_->drive(SSH_AGAIN, until,
                         [&] { return ssh_channel_request_exec(channel.get(), command.c_str()); });
  if (result != SSH_OK) return stopped(result);
  return parts_->collect(channel.get(), seen, until);
}

RemoteExit SshSession::Parts::collect(ssh_channel channel, const ExitSeen& seen,
                                      Instant until) const {
  using How = RemoteExit::How;
  RemoteExit exit;
  std::array<char, 4096> buffer;
  // Reads one stream; what is above the limit is read and forgotten. False: the connection is gone.
  const auto take = [&](int is_err, bool& any) {
    const int n = ssh_channel_read_nonblocking(channel, buffer.data(), buffer.size(), is_err);
    any = any || n > 0;
    if (n > 0 && is_err == 1)
      exit.err.append(buffer.data(), std::min<std::size_t>(static_cast<std::size_t>(n),
                                                           remote_output_max - exit.err.size()));
    return n != SSH_ERROR;
  };
  const SystemClock clock;
  for (;;) {
    bool any = false;
    const bool alive = take(0, any) && take(1, any);
    // After the end of the streams reading no longer looks for packets, and the exit status comes
    // after it; asking for that one does.
    if (alive && ssh_channel_is_eof(channel) != 0) ssh_channel_get_exit_status(channel);
    const bool over =
        !alive ||
        (!any && (ssh_channel_is_closed(channel) != 0 ||
                  (ssh_channel_is_eof(channel) != 0 && (seen.status || !seen.signal.empty()))));
    if (over) break;
    if (cancel.cancelled() || clock.now() >= until || (!any && !wait(until))) {
      exit.how = cancel.cancelled() ? How::cancelled : How::timed_out;
      return exit;
    }
  }
  exit.status = seen.status.value_or(0);
  exit.signal = seen.signal;
  if (seen.status) {
    exit.how = How::exited;
  } else if (!seen.signal.empty()) {
    exit.how = How::signalled;
  } else {
    exit.how = ssh_is_connected(session) != 0 ? How::channel_closed : How::connection_lost;
  }
  return exit;
}

}  // namespace nightwatt::io
