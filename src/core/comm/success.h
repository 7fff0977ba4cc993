#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"

// How well communication went lately (comm-failover, section 4): success percentages of a device's
// messages over the last hour and day, and a running estimate of a path's slow answers and losses.
// Small and of fixed size, because there is one for each device or path.
namespace nightwatt::core {

// Messages that were answered, of all that ended.
struct MessageCount {
  std::uint64_t answered = 0;
  std::uint64_t all = 0;

  std::optional<double> percent() const {  // nothing: no message
    if (all == 0) return std::nullopt;
    return 100.0 * static_cast<double>(answered) / static_cast<double>(all);
  }
};

// A ring of `buckets` slices of time; what is older than all of them is forgotten.
template <std::size_t buckets>
class SuccessRing {
 public:
  void add(bool success, Instant now, Duration slice) {
    const std::int64_t number = now.time_since_epoch() / slice;
    if (number <= newest_ - span) return;
    for (std::int64_t passed = std::max<std::int64_t>(newest_ + 1, number - span + 1);
         passed <= number; ++passed) {
      at(passed) = {};
    }
    newest_ = static_cast<std::int32_t>(std::max<std::int64_t>(newest_, number));
    ++(success ? at(number).good : at(number).bad);
  }
  // Of the slices that are not older than the ring.
  MessageCount count(Instant now, Duration slice) const {
    const std::int64_t present = now.time_since_epoch() / slice;
    MessageCount count;
    // Not before the clock's origin: a machine that has just booted has no slices there.
    for (std::int64_t number = newest_; number >= 0 && number > newest_ - span; --number) {
      if (number <= present - span) break;
      const Slice& each = ring_[place(number)];
      count.answered += each.good;
      count.all += std::uint64_t{each.good} + each.bad;
    }
    return count;
  }
  template <class A>
  void fields(A& a) {
    a(newest_, ring_);
  }

 private:
  static constexpr auto span = static_cast<std::int64_t>(buckets);
  struct Slice {
    std::uint32_t good = 0;
    std::uint32_t bad = 0;
    template <class A>
    void fields(A& a) {
      a(good, bad);
    }
  };
  static std::size_t place(std::int64_t number) {
    return static_cast<std::size_t>(number) % buckets;
  }
  Slice& at(std::int64_t number) { return ring_[place(number)]; }

  std::int32_t newest_ = 0;  // which slice since the clock's origin
  std::array<Slice, buckets> ring_{};
};

// Of one device's messages, over whichever path; background probes do not count.
class MessageSuccess {
 public:
  void add(bool success, Instant now) {
    hour_.add(success, now, of_hour);
    day_.add(success, now, of_day);
  }
  MessageCount last_hour(Instant now) const { return hour_.count(now, of_hour); }
  MessageCount last_day(Instant now) const { return day_.count(now, of_day); }
  template <class A>
  void fields(A& a) {
    a(hour_, day_);
  }

 private:
  static constexpr Duration of_hour{600'000};    // 6 slices of 10 minutes
  static constexpr Duration of_day{14'400'000};  // 6 slices of 4 hours
  SuccessRing<6> hour_{};
  SuccessRing<6> day_{};
};

// Of one path's attempts, probes included. The 95th percentile is followed and not sorted out of a
// list: it rises by much for an answer that is slower, and falls by little for one that is not.
struct PathQuality {
  float p95_ms = -1;  // -1: no answer yet
  float loss = 0;     // share of attempts without an answer, 1/32 of each new one

  void answered(float latency_ms) {
    constexpr float step = 0.05f;  // of the estimate; at least 1 ms, the clock's own grain
    loss -= loss / 32;
    if (p95_ms < 0) {
      p95_ms = latency_ms;
      return;
    }
    const float unit = p95_ms * step > 1 ? p95_ms * step : 1;
    p95_ms += latency_ms > p95_ms ? 0.95f * unit : -0.05f * unit;
    if (p95_ms < 0) p95_ms = 0;
  }
  void lost() { loss += (1 - loss) / 32; }
  template <class A>
  void fields(A& a) {
    a(p95_ms, loss);
  }
};

}  // namespace nightwatt::core
