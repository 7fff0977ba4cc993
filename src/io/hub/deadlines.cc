#include "io/hub/deadlines.h"

#include <boost/system/error_code.hpp>

namespace nightwatt::io {
namespace {

// Of one turn of the loop; others get theirs in between.
constexpr int calls_max = 256;

Deadlines::Clock::time_point coarse(Deadlines::Clock::time_point at) {
  const auto up = at.time_since_epoch() + deadline_grain - std::chrono::nanoseconds(1);
  return Deadlines::Clock::time_point(up / deadline_grain * deadline_grain);
}

}  // namespace

Deadlines::Deadlines(boost::asio::io_context& io)
    : timer_(io), alive_(std::make_shared<Deadlines*>(this)) {}

// The timer is only ever moved forward: waking for nothing is cheaper than a system call for each
// connection that came up in time.
void Deadlines::sleep() {
  if (by_time_.empty()) {
    // Not left running: an io_context without other work has to be able to end.
    if (sleeping_until_ != Clock::time_point::max()) timer_.cancel();
    sleeping_until_ = Clock::time_point::max();
    return;
  }
  const Clock::time_point first = by_time_.begin()->first;
  if (sleeping_until_ <= first) return;
  sleeping_until_ = first;
  timer_.expires_at(first);
  timer_.async_wait([all = std::weak_ptr(alive_)](const boost::system::error_code& stopped) {
    const auto alive = all.lock();
    if (alive && !stopped) (*alive)->wake();
  });
}

void Deadlines::wake() {
  const auto now = Clock::now();
  for (int call = 0; call < calls_max && !by_time_.empty(); ++call) {
    if (by_time_.begin()->first > now) break;
    Deadline& due = *by_time_.begin()->second;
    by_time_.erase(by_time_.begin());
    due.set_ = false;
    due.listener_.overdue();
  }
  sleeping_until_ = Clock::time_point::max();
  sleep();
}

void Deadline::set(Deadlines::Clock::time_point at) {
  const bool passed = at <= Deadlines::Clock::now();
  if (set_) all_.by_time_.erase(place_);
  set_ = true;
  place_ = all_.by_time_.emplace(passed ? at : coarse(at), this);
  all_.sleep();
}

void Deadline::clear() {
  if (!set_) return;
  set_ = false;
  all_.by_time_.erase(place_);
  all_.sleep();
}

}  // namespace nightwatt::io
