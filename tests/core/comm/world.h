#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/comm/comm.h"

// A small world for the stories of communication failover: devices, comm devices and a clock.
namespace nightwatt::core {

inline Instant at(double s) { return Instant{} + Duration(static_cast<Duration::rep>(s * 1000)); }

inline DeviceRule device(std::string name, std::vector<CommId> comms,
                         FailoverMode mode = FailoverMode::compat) {
  DeviceRule rule;
  rule.name = std::move(name);
  rule.mode = mode;
  rule.poll_interval = Duration::zero();
  for (const CommId comm : comms) {
    PathRule path;
    path.comm = comm;
    path.unit = "ups";
    path.initial_fail = Duration::zero();
    rule.paths.push_back(path);
  }
  return rule;
}

inline Reading on_line() {
  Reading reading;
  reading.status.add(StatusWord::OL);
  return reading;
}

// The same site under new rules, its variables unchanged.
inline Comm under_rules(const Comm& comm, std::vector<CommRule> comms,
                        std::vector<DeviceRule> devices, Instant now, CommOut& out) {
  return comm.with_rules(shared_rules(std::move(comms), std::move(devices)), now, out, true);
}

struct World {
  explicit World(std::vector<CommRule> comms, std::vector<DeviceRule> devices)
      : comm(std::move(comms), std::move(devices), Instant{}) {}

  void ask(double s, DeviceId device, std::uint64_t tag, PollClass kind = PollClass::read) {
    PollRequest request;
    request.device = device;
    request.tag = tag;
    request.kind = kind;
    comm.enqueue(request, at(s), out);
    comm.advance(at(s), out);
  }
  void advance(double s) { comm.advance(at(s), out); }
  void answer(double s, Reading reading = on_line()) {
    comm.replied(sends().back().transaction, reading, at(s), out);
    comm.advance(at(s), out);
  }
  void fail(double s, MessageFailure failure, std::string text, bool not_sent = false) {
    comm.failed(sends().back().transaction, failure, std::move(text), at(s), out, not_sent);
    comm.advance(at(s), out);
  }

  template <class T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const Effect& effect : out.effects) {
      if (const T* one = std::get_if<T>(&effect)) found.push_back(*one);
    }
    return found;
  }
  std::vector<SendMessage> sends() const { return all<SendMessage>(); }
  std::vector<std::string> messages() const {
    std::vector<std::string> lines;
    for (const Notice& notice : all<Notice>()) lines.push_back(notice.message);
    return lines;
  }

  Comm comm;
  CommOut out{};
};

}  // namespace nightwatt::core
