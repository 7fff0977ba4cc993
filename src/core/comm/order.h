#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "core/comm/poll.h"
#include "model/control.h"
#include "model/ids.h"

// Orders on their way through communication failover (comm-failover, section 5, item 5).
namespace nightwatt::core {

// So many at once in a site and for one device; more are refused.
inline constexpr std::size_t orders_max = 64;
inline constexpr std::size_t orders_of_device_max = 8;
// How long after its expiry an order that was sent may still wait to be read back.
inline constexpr Duration read_back_grace{30'000};

// One order that has not ended. The poll that carries it is of kind control while it acts, and of
// kind read while it reads back.
struct Order {
  ControlOrder order{};
  std::uint32_t poll = no_poll;  // no_poll: the place is free
  std::uint8_t sent = 0;         // how often the message that acts was put on the wire
  bool in_doubt = false;         // it was, and nobody knows what came of it
  bool read = false;             // read back once: it had not been applied
  bool held = false;             // an earlier order to its device has not ended
  PathRank path{};               // where it was sent last; 0: nowhere
  std::string failure{};         // the last one

  template <class A>
  void fields(A& a) {
    a(order, poll, sent, in_doubt, read, held, path, failure);
  }
};

struct OrderResult {
  std::uint64_t id = 0;
  ControlOutcome outcome{};
  PathRank path{};      // where it was sent last; 0: nowhere
  std::string where{};  // "its primary path (nut-a1)"; empty: nowhere
  std::string text{};   // one phrase: the device's words, or why
};

}  // namespace nightwatt::core
