#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "profile/profile.h"
#include "wire/modbus/request.h"

// What a profile asks, as Modbus requests, and what the replies say in its words.
namespace nightwatt::wire::modbus {

// One block of a read plan. REQUIRES: the plan came from profile::plan(), which keeps the limits.
Request read_request(const profile::ReadMessage& block);

// Puts the values of a block's items into the reading. `data` is the reply's, as long as the
// request says.
void take_items(const profile::Profile& profile, const profile::ReadPlan& plan,
                const profile::ReadMessage& block, std::span<const std::uint8_t> data,
                Reading& reading);

// One write: a coil (5), a register (6) or a value of several registers (16).
class Write {
 public:
  Request request() const {
    Request out{.function = function_, .address = address_, .count = count_};
    out.values = std::span(values_).first(count_);
    return out;
  }

 private:
  friend expected<Write, std::string> write_of(const profile::Command&, const profile::WriteStep&,
                                               std::string_view);
  std::array<std::uint16_t, 4> values_{};
  Function function_{};
  std::uint16_t address_ = 0;
  std::uint16_t count_ = 1;
};

// The order's value is parsed, checked against the command's range and scaled. The error says why
// it cannot be sent: "'abc' is not a number", "700 is above 600".
expected<Write, std::string> write_of(const profile::Command& command,
                                      const profile::WriteStep& step, std::string_view value);

}  // namespace nightwatt::wire::modbus
