#pragma once

#include <optional>
#include <string>

#include "tests/core/comm/world.h"

// A device with two paths that takes orders, and what is on the wire of it.
namespace nightwatt::core {
namespace orders {

using namespace std::chrono_literals;

inline constexpr DeviceId ups{0};
inline constexpr VariableId setting{first_other_variable};

struct Setup {
  ControlPolicy policy = ControlPolicy::never;
  bool retry = false;  // retry_control_on_failover
  int attempts = 1;
  FailoverMode mode = FailoverMode::guarded;
  std::vector<ControlPath> paths{};
  Duration delay{0};
};

inline DeviceRule controlled(const Setup& setup) {
  DeviceRule rule = device("UPS-A", {CommId{0}, CommId{1}}, setup.mode);
  rule.retry_control_on_failover = setup.retry;
  for (PathRule& path : rule.paths) {
    path.poll_attempts = setup.attempts;
    path.message_delay = setup.delay;
  }
  ControlRule control;
  control.kind = ControlKind::write;
  control.name = "ups.delay.shutdown";
  control.policy = setup.policy;
  control.verify = VerifyRule{.variable = setting};
  control.paths = setup.paths;
  if (setup.policy == ControlPolicy::select_before_operate) {
    control.paths = {ControlPath{.steps = 2}, ControlPath{.steps = 2}};
  }
  rule.controls = {control};
  rule.allow_control = {control.name};
  return rule;
}

inline ControlOrder write_60(ControlPolicy policy, double expires_s = 30) {
  ControlOrder order;
  order.id = 17;
  order.kind = ControlKind::write;
  order.name = "ups.delay.shutdown";
  order.value = "60";
  order.policy = policy;
  order.expires = at(expires_s);
  return order;
}

struct Desk : World {
  explicit Desk(const Setup& setup)
      : World({CommRule{.name = "one"}, CommRule{.name = "two"}}, {controlled(setup)}),
        policy(setup.policy) {}
  ControlPolicy policy;

  void order(double s, double expires_s = 30) {
    comm.order(write_60(policy, expires_s), at(s));
    comm.advance(at(s), out);
  }
  void lose(double s) { fail(s, MessageFailure::timed_out, "no answer"); }
  void not_sent(double s) {
    comm.failed(sends().back().transaction, MessageFailure::unreachable, "refused", at(s), out,
                true);
    comm.advance(at(s), out);
  }
  void refuse(double s) {
    comm.refused(sends().back().transaction, "ERR READONLY", at(s), out);
    comm.advance(at(s), out);
  }
  void carried_out(double s) { answer(s, Reading{}); }
  void read_back(double s, std::optional<double> value) {
    Reading reading = on_line();
    if (value) reading.others.push_back({setting, *value});
    answer(s, reading);
  }
  // What was sent: "w1" a write over path 1, "s1" its first step of two, "r2" a read over path 2.
  std::string wire() const {
    std::string text;
    for (const SendMessage& send : sends()) {
      const bool select =
          send.order && policy == ControlPolicy::select_before_operate && send.part == 0;
      text += std::string(text.empty() ? "" : " ") +
              (!send.order ? "r"
               : select    ? "s"
                           : "w") +
              std::to_string(send.path.value);
    }
    return text;
  }
  std::string outcome() const {
    if (out.orders.size() != 1) return "ended " + std::to_string(out.orders.size()) + " times";
    return std::string(to_string(out.orders[0].outcome));
  }
};

inline constexpr auto never = ControlPolicy::never;
inline constexpr auto idempotent = ControlPolicy::idempotent;
inline constexpr auto verify = ControlPolicy::verify_then_retry;
inline constexpr auto sbo = ControlPolicy::select_before_operate;

}  // namespace orders
}  // namespace nightwatt::core
