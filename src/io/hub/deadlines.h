#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>

// Time limits of many connections behind one timer of the io_context.
//
// Coarse: a limit is called up to deadline_grain late and never early, so that the limits of a
// burst of connects end in one wake-up. One that has passed when it is set is called at the next
// turn of the loop. Nothing here is fine enough for the gaps between RTU frames.
namespace nightwatt::io {

inline constexpr std::chrono::milliseconds deadline_grain{10};

class Deadline;

class DeadlineListener {
 public:
  // Its deadline has passed and is unset. Called from the loop only. It may set and clear
  // deadlines, its own and others, and destroy itself.
  virtual void overdue() = 0;

 protected:
  ~DeadlineListener() = default;
};

class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;

  // `io` is run by one thread and outlives this; this outlives every Deadline of it.
  explicit Deadlines(boost::asio::io_context& io);
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  std::size_t size() const { return by_time_.size(); }

 private:
  friend class Deadline;
  using ByTime = std::multimap<Clock::time_point, Deadline*>;
  void sleep();
  void wake();

  boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                    boost::asio::io_context::executor_type>
      timer_;
  std::shared_ptr<Deadlines*> alive_;  // for a wait that outlives us in the io_context
  ByTime by_time_;
  Clock::time_point sleeping_until_ = Clock::time_point::max();
};

// One time limit of its owner, set or unset. Its end unsets it.
class Deadline {
 public:
  Deadline(Deadlines& all, DeadlineListener& listener) : all_(all), listener_(listener) {}
  ~Deadline() { clear(); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // Replaces the time that was set before.
  void set(Deadlines::Clock::time_point at);
  void clear();
  bool is_set() const { return set_; }

 private:
  friend class Deadlines;
  Deadlines& all_;
  DeadlineListener& listener_;
  Deadlines::ByTime::iterator place_{};
  bool set_ = false;
};

}  // namespace nightwatt::io
