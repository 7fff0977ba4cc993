#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/boxed.h"
#include "wire/modbus/owed_replies.h"
#include "wire/modbus/request.h"

// What comes back for one request, read as the bytes arrive.
//
//     expect(framing, transaction, unit, request)
//     feed(bytes) -> more ... more -> done: data() or exception() | failed: fault(), text()
//
// No I/O, no clock. The outcome depends on the bytes only and not on how they were cut. Nothing is
// copied or allocated for a reply that arrives whole. The end of an RTU frame is known from its
// own beginning: function and byte count.
namespace nightwatt::wire::modbus {

enum class Progress : std::uint8_t { more, done, failed };

enum class ReplyFault : std::uint8_t {
  none,
  wrong_protocol,     // tcp: the protocol id is not 0: this is no Modbus server
  wrong_length,       // tcp: a length that no reply can have
  wrong_transaction,  // tcp: of no request of ours
  wrong_unit,
  wrong_function,
  wrong_byte_count,  // not the amount of data that was asked for
  wrong_echo,        // a write answered with another address, value or count
  truncated,         // ends before its data does
  surplus,           // goes on behind its data
  wrong_crc,         // rtu
};
std::string_view to_string(ReplyFault fault);

class ReplyReader {
 public:
  // Forgets an unfinished reply. `transaction` is not looked at in RTU.
  void expect(Framing framing, std::uint16_t transaction, std::uint8_t unit,
              const Request& request);
  // From now on whatever is not owed is a fault.
  void expect_nothing(Framing framing);

  // Takes bytes from the front of `chunk`. done: the bytes behind the reply are left in `chunk`.
  // failed: the rest is not to be trusted, and nothing more is taken before the next expect().
  Progress feed(std::span<const std::uint8_t>& chunk);
  // Nothing more will come: the connection ended, or the line fell silent inside a frame.
  Progress end();

  bool started() const { return !partial_.empty(); }  // inside a frame

  // After `done`. The data of a read without its byte count: bytes of packed bits, or registers
  // big-endian. Empty for an exception and for a write. Valid until the next call.
  std::span<const std::uint8_t> data() const { return data_; }
  std::optional<std::uint8_t> exception() const { return exception_; }

  // After `failed`.
  ReplyFault fault() const { return fault_; }
  std::string text() const { return text_.text(); }  // "reply of unit 7 instead of 3"

  // Late replies that are dropped when they come. In RTU a reply that fits the current request is
  // taken for its own even when one like it is owed.
  OwedReplies& owed() { return owed_; }
  std::uint32_t late() const { return late_; }  // dropped so far

 private:
  struct FrameSize {
    std::size_t bytes = 0;  // 0: not known yet
    bool bad = false;       // no frame begins so: fault_ says why
  };
  FrameSize frame_size(std::span<const std::uint8_t> head);
  FrameSize tcp_frame_size(std::span<const std::uint8_t> head);
  FrameSize rtu_frame_size(std::span<const std::uint8_t> head);
  Progress judge(std::span<const std::uint8_t> frame);
  Progress judge_tcp(std::span<const std::uint8_t> frame);
  Progress judge_rtu(std::span<const std::uint8_t> frame);
  Progress judge_pdu(std::span<const std::uint8_t> pdu);
  Progress judge_data(std::span<const std::uint8_t> pdu);
  Progress judge_echo(std::span<const std::uint8_t> pdu);
  bool fits(std::uint8_t unit, std::span<const std::uint8_t> pdu) const;
  Progress drop();
  Progress bad(ReplyFault fault, std::string text);

  std::vector<std::uint8_t> partial_;  // the beginning of a frame
  std::span<const std::uint8_t> data_;
  RareText text_;
  OwedReplies owed_;
  std::optional<std::uint8_t> exception_;
  std::uint32_t late_ = 0;
  // What is expected.
  std::uint16_t transaction_ = 0;
  std::uint16_t data_bytes_ = 0;  // of a read
  std::uint16_t echo_address_ = 0;
  std::uint16_t echo_value_ = 0;  // or count
  std::uint8_t unit_ = 0;
  Function function_{};
  Framing framing_ = Framing::tcp;
  bool asked_ = false;
  bool spent_ = false;  // partial_ was handed out and is to be forgotten
  ReplyFault fault_ = ReplyFault::none;
};

}  // namespace nightwatt::wire::modbus
