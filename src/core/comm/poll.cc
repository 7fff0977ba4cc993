#include "core/comm/poll.h"

#include <algorithm>

#include "base/check.h"

namespace nightwatt::core {

std::size_t queue_class(const Poll& poll) {
  std::size_t own = 5;
  switch (poll.priority) {
    case PollPriority::admin: own = 0; break;
    case PollPriority::user: own = 1; break;
    case PollPriority::high: own = 3; break;
    case PollPriority::medium: own = 4; break;
    case PollPriority::low: own = 5; break;
  }
  return poll.forwarded ? std::min<std::size_t>(own, 2) : own;
}

std::uint32_t PollBook::add(const Poll& poll, std::uint32_t& first_of_device) {
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(polls_.size());
    polls_.push_back(poll);
  } else {
    index = free_.back();
    free_.pop_back();
    polls_[index] = poll;
  }
  Poll& added = polls_[index];
  added.next_of_device = first_of_device;
  added.prev_of_device = no_poll;
  if (first_of_device != no_poll) polls_[first_of_device].prev_of_device = index;
  first_of_device = index;
  return index;
}

void PollBook::remove(std::uint32_t index, std::uint32_t& first_of_device) {
  const Poll poll = polls_[index];
  NW_CHECK(!poll.waiting);
  if (poll.prev_of_device == no_poll) {
    first_of_device = poll.next_of_device;
  } else {
    polls_[poll.prev_of_device].next_of_device = poll.next_of_device;
  }
  if (poll.next_of_device != no_poll) {
    polls_[poll.next_of_device].prev_of_device = poll.prev_of_device;
  }
  polls_[index] = Poll{};
  free_.push_back(index);
}

void PollBook::enter(PollQueue& queue, std::uint32_t index) {
  Poll& poll = polls_[index];
  NW_CHECK(!poll.waiting);
  const std::size_t at = queue_class(poll);
  poll.waiting = true;
  poll.order = ++order_;
  const std::uint32_t before = queue.last[at];
  if (before == no_poll) {
    poll.next = poll.prev = index;
  } else {
    poll.prev = before;
    poll.next = polls_[before].next;
    polls_[before].next = index;
    polls_[poll.next].prev = index;
  }
  queue.last[at] = index;
  ++queue.size;
}

void PollBook::leave(PollQueue& queue, std::uint32_t index) {
  Poll& poll = polls_[index];
  NW_CHECK(poll.waiting && queue.size > 0);
  const std::size_t at = queue_class(poll);
  polls_[poll.prev].next = poll.next;
  polls_[poll.next].prev = poll.prev;
  if (queue.last[at] == index) queue.last[at] = poll.next == index ? no_poll : poll.prev;
  poll.waiting = false;
  poll.next = poll.prev = no_poll;
  --queue.size;
}

std::uint32_t PollBook::front(const PollQueue& queue) const {
  for (const std::uint32_t last : queue.last) {
    if (last != no_poll) return polls_[last].next;
  }
  return no_poll;
}

std::vector<std::uint32_t> PollBook::in_order(const PollQueue& queue) const {
  std::vector<std::uint32_t> indices;
  indices.reserve(queue.size);
  for (const std::uint32_t last : queue.last) {
    if (last == no_poll) continue;
    for (std::uint32_t at = polls_[last].next; at != last; at = polls_[at].next) {
      indices.push_back(at);
    }
    indices.push_back(last);
  }
  return indices;
}

}  // namespace nightwatt::core
