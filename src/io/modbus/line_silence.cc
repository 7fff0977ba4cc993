#include "io/modbus/line_silence.h"

#include <algorithm>

namespace nightwatt::io {

LineSilence::LineSilence(boost::asio::io_context& io, Listener& listener,
                         std::chrono::microseconds after_frame,
                         std::chrono::microseconds after_trouble)
    : timer_(io),
      listener_(listener),
      alive_(std::make_shared<LineSilence*>(this)),
      after_frame_(after_frame),
      after_trouble_(after_trouble) {}

LineSilence::~LineSilence() { timer_.cancel(); }

void LineSilence::heard() { last_heard_ = Clock::now(); }

void LineSilence::trouble() {
  heard();
  troubled_ = true;
}

LineSilence::Clock::time_point LineSilence::free_at(Clock::time_point not_before) const {
  return std::max(not_before, last_heard_ + (troubled_ ? after_trouble_ : after_frame_));
}

bool LineSilence::silent(Clock::time_point not_before) const {
  return free_at(not_before) <= Clock::now();
}

void LineSilence::wait(Clock::time_point not_before) {
  not_before_ = not_before;
  ++waits_;
  sleep();
}

void LineSilence::stop() {
  ++waits_;
  timer_.cancel();
}

void LineSilence::sleep() {
  timer_.expires_at(free_at(not_before_));
  timer_.async_wait([alive = std::weak_ptr(alive_), wait = waits_](const auto& stopped) {
    const auto line = alive.lock();
    if (stopped || !line || (*line)->waits_ != wait) return;
    if (!(*line)->silent((*line)->not_before_)) return (*line)->sleep();
    (*line)->listener_.line_is_silent();
  });
}

}  // namespace nightwatt::io
