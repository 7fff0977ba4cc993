#include "io/remote.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "io/known_hosts.h"
#include "io/ssh_session.h"
#include "io/system_clock.h"
#include "io/tcp.h"

namespace nightwatt::io {
namespace {

std::string first_line(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
  return text.substr(begin, std::min<std::size_t>(end - begin, 400));
}

std::string how_it_ended(const RemoteExit& exit, Duration limit) {
  const std::string line = first_line(exit.err);
  const std::string said = line.empty() ? "" : ": " + line;
  switch (exit.how) {
    case RemoteExit::How::exited: return fmt::format("exit status {}{}", exit.status, said);
    case RemoteExit::How::signalled: return fmt::format("killed by SIG{}{}", exit.signal, said);
    case RemoteExit::How::channel_closed:
      return "the session was closed without an exit status" + said;
    case RemoteExit::How::connection_lost: return "connection lost" + said;
    case RemoteExit::How::timed_out:
      return fmt::format("did not end within {} s{}", seconds(limit), said);
    case RemoteExit::How::cancelled: return "cancelled";
    case RemoteExit::How::refused: return "could not be started: " + exit.error;
  }
  return "?";
}

// One step's work on one remote server.
class RemoteStep {
 public:
  RemoteStep(const RemoteAction& action, const KnownHostsFiles& files, Duration deadline,
             const Cancellation& cancel)
      : action_(action), cancel_(cancel), deadline_(deadline), end_(clock_.now() + deadline) {
    learn_ = action.known_hosts_file.empty() ? files.learn : action.known_hosts_file;
    files_.push_back(learn_);
    if (learn_ != files.learn && !files.learn.empty()) files_.push_back(files.learn);
    files_.insert(files_.end(), files.also.begin(), files.also.end());
  }

  StepOutcome run() {
    if (auto up = connect(); !up) return stopped(up.error());
    run_pre_shutdown();
    if (over()) return stopped({Errc::timed_out, {}});
    // A pre-shutdown command may have taken the network or sshd down and up again.
    if (!session_->connected())
      if (auto up = connect(); !up) return stopped(up.error());
    return run_shutdown();
  }

 private:
  bool over() const { return cancel_.cancelled() || clock_.now() >= end_; }
  Instant limit(Duration duration) const { return std::min(end_, clock_.now() + duration); }

  void add_remark(const std::string& text) { remarks_ += (remarks_.empty() ? "" : "; ") + text; }

  StepOutcome failed(StepResult result, const std::string& text) const {
    return {result,
            fmt::format("{}: {}{}{}", endpoint_text(action_), text, remarks_.empty() ? "" : "; ",
                        remarks_),
            unreachable_ && !cancel_.cancelled()};
  }

  StepOutcome stopped(const Error& error) const {
    if (cancel_.cancelled()) return failed(StepResult::failed, "cancelled");
    if (clock_.now() >= end_)
      return failed(StepResult::timed_out,
                    fmt::format("not finished within {} s{}{}", seconds(deadline_),
                                error.what.empty() ? "" : ": ", error.what));
    return failed(StepResult::failed, error.what);
  }

  expected<void, Error> connect() {
    const Instant until = limit(action_.connect_timeout);
    const auto timely = [&](Error error) {
      if (error.code == Errc::timed_out)
        error.what += fmt::format(" (waited {} s)", seconds(action_.connect_timeout));
      return unexpected<Error>(std::move(error));
    };
    const auto addresses = resolve(action_.host, action_.port, until, cancel_);
    if (!addresses) return timely(addresses.error());
    auto socket = connect_tcp(*addresses, until, cancel_);
    if (!socket) {
      // A name that does not resolve or limits of our own say nothing about the machine.
      const Errc why = socket.error().code;
      unreachable_ = !reached_ && (why == Errc::unreachable || why == Errc::timed_out);
      return timely(socket.error());
    }
    reached_ = true;
    std::vector<std::string> types;
    for (const KnownKey& key :
         keys_of_host(files_, known_hosts_name(action_.host, action_.port), nullptr))
      if (!key.revoked) types.push_back(key.type);
    session_ = std::make_unique<SshSession>(cancel_);
    if (auto up = session_->start(std::move(*socket), action_, types, until); !up)
      return timely(up.error());
    std::string remark;
    if (auto known = session_->check_host_key(action_, files_, learn_, remark); !known)
      return known;
    if (!remark.empty()) add_remark(remark);
    if (auto in = session_->log_in(action_, until); !in) return timely(in.error());
    return {};
  }

  void run_pre_shutdown() {
    for (std::size_t i = 0; i < action_.pre_shutdown.size() && !over(); ++i) {
      const RemoteCommand& command = action_.pre_shutdown[i];
      if (!session_->connected()) {
        if (auto up = connect(); !up) {
          add_remark(fmt::format("pre-shutdown command {}: {}", i + 1, up.error().what));
          return;
        }
      }
      const RemoteExit exit = session_->run(command.command, limit(command.timeout));
      if (exit.how != RemoteExit::How::exited || exit.status != 0)
        add_remark(
            fmt::format("pre-shutdown command {}: {}", i + 1, how_it_ended(exit, command.timeout)));
    }
  }

  StepOutcome run_shutdown() {
    const RemoteCommand& command = action_.shutdown;
    const RemoteExit exit = session_->run(command.command, limit(command.timeout));
    const std::string text = "shutdown command: " + how_it_ended(exit, command.timeout);
    switch (exit.how) {
      case RemoteExit::How::exited:
        if (exit.status == 0) return succeeded();
        return failed(StepResult::failed, text);
      case RemoteExit::How::signalled:
        // A machine that goes down ends its sessions with these.
        if (exit.signal == "TERM" || exit.signal == "HUP") return succeeded();
        return failed(StepResult::failed, text);
      case RemoteExit::How::channel_closed:
      case RemoteExit::How::connection_lost: return succeeded();
      case RemoteExit::How::timed_out: return failed(StepResult::timed_out, text);
      case RemoteExit::How::cancelled:
      case RemoteExit::How::refused: return failed(StepResult::failed, text);
    }
    return failed(StepResult::failed, text);
  }

  StepOutcome succeeded() const {
    if (remarks_.empty()) return {};
    return {StepResult::ok, fmt::format("{}: {}", endpoint_text(action_), remarks_), false};
  }

  const RemoteAction& action_;
  const Cancellation& cancel_;
  const SystemClock clock_;
  Duration deadline_;
  Instant end_;
  std::string learn_;
  std::vector<std::string> files_;
  std::unique_ptr<SshSession> session_;
  std::string remarks_;
  bool reached_ = false;
  bool unreachable_ = false;
};

// Reads up to and including the server's first line; a server may say other lines before it
// (RFC 4253, section 4.2), but those that we shut down do not.
bool speaks_ssh(int fd, Instant until, const Cancellation& cancel) {
  std::string got;
  while (got.size() < 4) {
    if (!wait_for_fd(fd, POLLIN, until, cancel)) return false;
    char buffer[64];
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    got.append(buffer, static_cast<std::size_t>(n));
  }
  return got.starts_with("SSH-");
}

}  // namespace

StepOutcome run_remote(const RemoteAction& action, const KnownHostsFiles& files, Duration deadline,
                       const Cancellation& cancel) {
  return RemoteStep(action, files, deadline, cancel).run();
}

PortAnswer probe_port(const std::string& host, std::uint16_t port, bool banner, Duration timeout,
                      const Cancellation& cancel) {
  const SystemClock clock;
  const Instant until = clock.now() + timeout;
  const auto addresses = resolve(host, port, until, cancel);
  if (!addresses || cancel.cancelled()) return PortAnswer::cannot_say;
  const auto socket = connect_tcp(*addresses, until, cancel);
  if (cancel.cancelled()) return PortAnswer::cannot_say;
  if (!socket) {
    const bool says =
        socket.error().code == Errc::unreachable || socket.error().code == Errc::timed_out;
    return says ? PortAnswer::silent : PortAnswer::cannot_say;
  }
  if (!banner || speaks_ssh(socket->get(), until, cancel)) return PortAnswer::answers;
  return cancel.cancelled() ? PortAnswer::cannot_say : PortAnswer::silent;
}

std::string endpoint_text(const RemoteAction& action) {
  const bool v6 = action.host.find(':') != std::string::npos;
  return fmt::format("{}@{}{}{}:{}", action.user, v6 ? "[" : "", action.host, v6 ? "]" : "",
                     action.port);
}

}  // namespace nightwatt::io
