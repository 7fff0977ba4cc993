#include "io/journal_queue.h"

#include <utility>

namespace nightwatt::io {

// A record with a path belongs to an order that was sent; one that is answered is waited for.
bool may_be_dropped(const JournalWrite& write) {
  const auto* audit = std::get_if<RecordAudit>(&write.effect);
  return audit != nullptr && !audit->answer && audit->record.path.empty();
}

bool JournalQueue::add(JournalWrite write) {
  const std::lock_guard lock(mutex_);
  const bool refusal = may_be_dropped(write);
  if (refusal && refusals_ >= journal_refusals_max) {
    ++dropped_;
    return false;
  }
  if (refusal) ++refusals_;
  writes_.push_back(std::move(write));
  return writes_.size() == 1;
}

std::deque<JournalWrite> JournalQueue::take() {
  const std::lock_guard lock(mutex_);
  refusals_ = 0;
  return std::exchange(writes_, {});
}

void JournalQueue::count_dropped(std::uint64_t more) {
  const std::lock_guard lock(mutex_);
  dropped_ += more;
}

std::uint64_t JournalQueue::take_dropped() {
  const std::lock_guard lock(mutex_);
  return std::exchange(dropped_, 0);
}

}  // namespace nightwatt::io
