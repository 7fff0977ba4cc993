#pragma once

#include <chrono>

#include "io/hub/device_sockets.h"
#include "io/hub/unsent_limit.h"
#include "io/modbus/line_silence.h"
#include "model/endpoint.h"

namespace nightwatt::io {

// The clocks of an RTU line: the silence before a frame, the longest pause inside one, and the
// limit of a message that waits for silence. A link over Modbus TCP has none of them.
class RtuLine final : private LineSilence::Listener,
                      private UnsentLimit::Owner,
                      private DeadlineListener {
 public:
  using Clock = LineSilence::Clock;
  // Called from the loop only. The line may be destroyed from within.
  class Listener {
   public:
    virtual void line_is_silent() = 0;
    virtual void not_sent_in_time() = 0;  // the line did not become silent
    virtual void frame_stopped() = 0;     // no byte came for too long inside a frame

   protected:
    ~Listener() = default;
  };

  RtuLine(DeviceSockets& sockets, const ModbusLine& line, Listener& listener);

  void heard() { silence_.heard(); }      // bytes came
  void trouble() { silence_.trouble(); }  // noise, or no answer: the next silence is a long one
  bool silent(Clock::time_point not_before) const { return silence_.silent(not_before); }
  // line_is_silent() as soon as it is, or not_sent_in_time().
  void wait(Clock::time_point not_before, const TimeOut& time);
  void frame_sent();
  void inside_frame();  // frame_stopped() unless more bytes come soon
  void frame_ended() { gap_.clear(); }
  void stop();  // none of them is called

 private:
  void line_is_silent() override { listener_.line_is_silent(); }
  void not_sent_in_time() override { listener_.not_sent_in_time(); }
  void overdue() override { listener_.frame_stopped(); }

  Listener& listener_;
  LineSilence silence_;
  UnsentLimit unsent_;
  Deadline gap_;
  std::chrono::milliseconds gap_max_;
};

}  // namespace nightwatt::io
