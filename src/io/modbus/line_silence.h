#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

// The silence that must lie before each frame of an RTU line (V1.02, 2.5.1.1): 3.5 characters after
// the last byte, and a longer one when we do not know what the line is doing.
namespace nightwatt::io {

class LineSilence {
 public:
  using Clock = std::chrono::steady_clock;
  class Listener {
   public:
    virtual void line_is_silent() = 0;  // from the loop, once for each wait()

   protected:
    ~Listener() = default;
  };

  // `after_frame`: t3.5. `after_trouble`: behind noise, or a reply that did not come.
  LineSilence(boost::asio::io_context& io, Listener& listener,
              std::chrono::microseconds after_frame, std::chrono::microseconds after_trouble);
  ~LineSilence();

  void heard();    // bytes came, or went
  void trouble();  // counts as heard(); the next silence is the long one
  // Whether we may speak now, but for `not_before`.
  bool silent(Clock::time_point not_before) const;
  // Tells the listener as soon as it is so. Bytes that come meanwhile put it off.
  void wait(Clock::time_point not_before);
  void stop();
  void frame_sent() { troubled_ = false; }

 private:
  Clock::time_point free_at(Clock::time_point not_before) const;
  void sleep();

  boost::asio::steady_timer timer_;
  Listener& listener_;
  std::shared_ptr<LineSilence*> alive_;  // for a wait that outlives us in the io_context
  Clock::time_point last_heard_{};
  Clock::time_point not_before_{};
  std::chrono::microseconds after_frame_;
  std::chrono::microseconds after_trouble_;
  unsigned waits_ = 0;  // which of them is meant
  bool troubled_ = false;
};

}  // namespace nightwatt::io
