#pragma once

#include "model/effect.h"

// The hands: runs steps on machines and watches them go and come back. Nothing here blocks; answers
// are StepEnded, DownConfirmed and ReturnConfirmed.
namespace nightwatt::ports {

class Machines {
 public:
  virtual ~Machines() = default;
  Machines() = default;
  Machines(const Machines&) = delete;
  Machines& operator=(const Machines&) = delete;

  // Answered with exactly one StepEnded, unless cancel() comes first. A successful real remote step
  // is followed by a watch that may report DownConfirmed.
  virtual void start(const StartStep& effect) = 0;
  // Ends the step, or its watch, now. Unknown ones are ignored.
  virtual void cancel(const CancelStep& effect) = 0;
  virtual void watch_return(const WatchReturn& effect) = 0;
  virtual void stop_watching(const StopWatching& effect) = 0;
};

}  // namespace nightwatt::ports
