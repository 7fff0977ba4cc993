#pragma once

#include "io/hub/time_out.h"

namespace nightwatt::io {

// Ends a message that could not be sent within its time-out.
class UnsentLimit final : private DeadlineListener {
 public:
  class Owner {
   public:
    // Once for each set(), from the loop. The limit may be destroyed from within.
    virtual void not_sent_in_time() = 0;

   protected:
    ~Owner() = default;
  };

  UnsentLimit(Deadlines& all, Owner& owner) : owner_(owner), deadline_(all, *this) {}
  // Replaces the one before. A time-out of nothing is none.
  void set(const TimeOut& time) {
    if (time.length() > Duration::zero()) deadline_.set(time.unsent_until());
  }
  void clear() { deadline_.clear(); }

 private:
  void overdue() override { owner_.not_sent_in_time(); }

  Owner& owner_;
  Deadline deadline_;
};

}  // namespace nightwatt::io
