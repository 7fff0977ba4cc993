#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "model/ids.h"

// Polls that wait or are in flight, and the order in which a comm device takes them
// (comm-failover, rules R8 to R10).
namespace nightwatt::core {

enum class PollPriority : std::uint8_t { low, medium, high, user, admin };

enum class PollClass : std::uint8_t {
  read,     // changes nothing (CygNet: NonMaster)
  control,  // changes the device (CygNet: Master); never repeated unless the user allowed it
};

// A poll that somebody asks for by name; scheduled polls the core makes itself.
struct PollRequest {
  DeviceId device{};
  PollClass kind = PollClass::read;
  int messages = 1;  // 1 or more, sent one after the other; the first failure ends the poll (R7)
  PollPriority priority = PollPriority::medium;
  std::uint64_t tag = 0;  // the asker's own number, handed back with the result
};

enum class PollPurpose : std::uint8_t {
  asked,      // enqueued by a caller, who gets a TaggedResult
  scheduled,  // from the device's poll interval
  probe,      // guarded: is primary alive again? Not a poll of the device
  sweep,      // guarded: unseen, one try of another path
  heartbeat,  // guarded: does a path that stands by answer? Not a poll of the device
  order,      // carries a control order; kind is read while it reads back
};

// Whether the path answers; what it says of the device is not looked at.
constexpr bool only_asks(PollPurpose purpose) {
  return purpose == PollPurpose::probe || purpose == PollPurpose::heartbeat;
}

// The bit of a path in a set of paths.
constexpr std::uint8_t bit_of(PathRank path) {
  return static_cast<std::uint8_t>(1u << (path.value - 1u));
}

inline constexpr std::uint8_t no_order = 255;
inline constexpr std::uint32_t no_poll = std::numeric_limits<std::uint32_t>::max();
// Queue classes of R10, best first: admin, user, forwarded retry, high, medium, low.
inline constexpr std::size_t queue_classes = 6;

struct Poll {
  DeviceId device{};
  PollClass kind = PollClass::read;
  PollPurpose purpose = PollPurpose::asked;
  PollPriority priority = PollPriority::medium;
  PathRank path{};               // background: the path that it tries
  bool forwarded = false;        // a failover retry: ranks as one, and failback does not take it
  std::uint8_t tried_paths = 0;  // bit rank-1: it ran there and is not forwarded there again
  bool waiting = false;
  std::uint8_t order_place = no_order;  // purpose order: which
  std::int32_t messages = 1;
  std::int32_t done = 0;       // messages answered so far; a forwarded poll resumes here
  std::uint16_t schedule = 0;  // what it reads
  std::uint64_t tag = 0;
  std::uint64_t order = 0;  // grows with each entry into a queue
  // Links: the queue that it waits in, in a ring, and all polls of its device.
  std::uint32_t next = no_poll, prev = no_poll;
  std::uint32_t next_of_device = no_poll, prev_of_device = no_poll;

  // Asks about a path, and not for the device's data; fails nothing and is never moved.
  bool background() const {
    return purpose == PollPurpose::probe || purpose == PollPurpose::sweep ||
           purpose == PollPurpose::heartbeat;
  }
  template <class A>
  void fields(A& a) {
    a(device, kind, purpose, priority, path, forwarded, tried_paths, waiting, messages, done,
      schedule, order_place, tag, order, next, prev, next_of_device, prev_of_device);
  }
};

// 0 is taken first.
std::size_t queue_class(const Poll& poll);

// The polls that wait for one comm device: one ring for each queue class. It is held by its last
// poll, whose next is the first: half the room of two ends, in each of 30,000 comm devices.
struct PollQueue {
  std::array<std::uint32_t, queue_classes> last{};
  std::uint32_t size = 0;

  PollQueue() { last.fill(no_poll); }
  template <class A>
  void fields(A& a) {
    a(last, size);
  }
};

// All polls of a site. Queues and devices refer to polls by index; entering, leaving and moving are
// O(1), and a freed place is used again before the book grows.
class PollBook {
 public:
  void reserve(std::size_t polls) { polls_.reserve(polls); }
  Poll& operator[](std::uint32_t index) { return polls_[index]; }
  const Poll& operator[](std::uint32_t index) const { return polls_[index]; }

  // `first_of_device` is the head of the device's list and is kept up to date.
  std::uint32_t add(const Poll& poll, std::uint32_t& first_of_device);
  void remove(std::uint32_t index, std::uint32_t& first_of_device);

  // Behind its equals (R10).
  void enter(PollQueue& queue, std::uint32_t index);
  void leave(PollQueue& queue, std::uint32_t index);
  std::uint32_t front(const PollQueue& queue) const;  // no_poll when empty
  std::vector<std::uint32_t> in_order(const PollQueue& queue) const;
  // Whether one of a device's polls is such; `first` is the head of its list.
  template <class Such>
  bool any_of_device(std::uint32_t first, Such such) const {
    for (std::uint32_t at = first; at != no_poll; at = polls_[at].next_of_device) {
      if (such(polls_[at])) return true;
    }
    return false;
  }
  // The set of paths that such background polls of a device ask.
  template <class Such>
  std::uint8_t paths_asked(std::uint32_t first, Such such) const {
    std::uint8_t paths = 0;
    for (std::uint32_t at = first; at != no_poll; at = polls_[at].next_of_device) {
      if (such(polls_[at])) paths |= bit_of(polls_[at].path);
    }
    return paths;
  }
  // Grows with each entry: what is smaller entered a queue before now.
  std::uint64_t order() const { return order_; }

  template <class A>
  void fields(A& a) {
    a(polls_, free_, order_);
  }

 private:
  std::vector<Poll> polls_{};
  std::vector<std::uint32_t> free_{};
  std::uint64_t order_ = 0;
};

}  // namespace nightwatt::core
