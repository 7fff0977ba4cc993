#pragma once

#include <algorithm>
#include <string>

#include "base/time.h"
#include "io/hub/deadlines.h"

namespace nightwatt::io {

// The time-out of a message, which the engine keeps as well. What the engine gives up itself may
// have been carried out: an order then ends as unknown. So what has to come before the message (a
// connection, a log-in, a discovery, the silence of a line) is given up a little earlier, with the
// word that nothing was sent.
class TimeOut {
 public:
  TimeOut() = default;
  // From now on.
  explicit TimeOut(Duration length) : length_(length), end_(Deadlines::Clock::now() + length) {}

  Duration length() const { return length_; }
  Deadlines::Clock::time_point unsent_until() const {
    return end_ - std::min(length_ / 5, Duration(50));
  }
  std::string text() const { return std::to_string(length_.count()) + " ms"; }

 private:
  Duration length_{};
  Deadlines::Clock::time_point end_{};
};

}  // namespace nightwatt::io
