#include "wire/modbus/owed_replies.h"

#include <algorithm>

namespace nightwatt::wire::modbus {

void OwedReplies::add(const OwedReply& owed) {
  if (owed_.size() == owed_replies_max) owed_.erase(owed_.begin());
  owed_.push_back(owed);
}

bool OwedReplies::take_transaction(std::uint16_t transaction) {
  const auto found = std::ranges::find(owed_, transaction, &OwedReply::transaction);
  if (found == owed_.end()) return false;
  owed_.erase(found);
  return true;
}

bool OwedReplies::take_like(std::uint8_t unit, std::uint8_t function) {
  const auto found = std::ranges::find_if(
      owed_, [&](const OwedReply& owed) { return owed.unit == unit && owed.function == function; });
  if (found == owed_.end()) return false;
  owed_.erase(found);
  return true;
}

Instant OwedReplies::clear_at(const OwedReply& next) const {
  Instant latest = Instant::min();
  for (const OwedReply& owed : owed_) {
    if (owed.unit != next.unit || owed.function != next.function) continue;
    if (owed.address == next.address && owed.count == next.count) continue;
    latest = std::max(latest, owed.until);
  }
  return latest;
}

void OwedReplies::renew(std::uint8_t unit, std::uint8_t function, Instant until) {
  for (OwedReply& owed : owed_) {
    if (owed.unit == unit && owed.function == function) owed.until = std::max(owed.until, until);
  }
}

}  // namespace nightwatt::wire::modbus
