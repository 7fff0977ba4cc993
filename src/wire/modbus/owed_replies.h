#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

// Replies that were given up and may still come: of requests that timed out. One that arrives later
// is recognised and dropped instead of being taken for the current one or for an error.
namespace nightwatt::wire::modbus {

inline constexpr std::size_t owed_replies_max = 8;  // the oldest is forgotten

struct OwedReply {
  std::uint16_t transaction = 0;  // tcp
  std::uint8_t unit = 0;
  std::uint8_t function = 0;  // without the exception bit
  std::uint16_t address = 0;
  std::uint16_t count = 0;
  // Until then it may well come. Later than that it is still recognised, but not waited for.
  Instant until{};
};

class OwedReplies {
 public:
  void add(const OwedReply& owed);
  // One that fits is crossed off.
  bool take_transaction(std::uint16_t transaction);
  bool take_like(std::uint8_t unit, std::uint8_t function);
  // RTU replies carry no ids: a request to the same unit with the same function, but for something
  // else, should not be sent before this. The beginning of time when nothing stands in its way; for
  // the same thing a late answer is as good as a new one.
  Instant clear_at(const OwedReply& next) const;
  // A reply was accepted while one like it was owed: one of the two is still to come.
  void renew(std::uint8_t unit, std::uint8_t function, Instant until);

  void clear() { owed_.clear(); }
  std::size_t size() const { return owed_.size(); }

 private:
  std::vector<OwedReply> owed_;  // oldest first
};

}  // namespace nightwatt::wire::modbus
