#include "wire/modbus/reply_reader.h"

#include <algorithm>
#include <utility>

#include "wire/modbus/crc.h"

namespace nightwatt::wire::modbus {
namespace {

constexpr std::size_t length_min = 3;  // unit and an exception
constexpr std::size_t length_max = 1 + pdu_bytes_max;

std::string number(std::size_t value) { return std::to_string(value); }

std::string hex(std::uint16_t value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out = "0x";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[(value >> shift) & 0xF];
  return out;
}

std::string function_text(std::uint8_t code) {
  const std::string plain = "function " + number(code & ~exception_bit);
  return (code & exception_bit) != 0 ? "an exception to " + plain : plain;
}

constexpr std::uint8_t plain_code(std::uint8_t code) {
  return static_cast<std::uint8_t>(code & ~exception_bit);
}

}  // namespace

std::string_view to_string(ReplyFault fault) {
  switch (fault) {
    case ReplyFault::none: return "none";
    case ReplyFault::wrong_protocol: return "wrong_protocol";
    case ReplyFault::wrong_length: return "wrong_length";
    case ReplyFault::wrong_transaction: return "wrong_transaction";
    case ReplyFault::wrong_unit: return "wrong_unit";
    case ReplyFault::wrong_function: return "wrong_function";
    case ReplyFault::wrong_byte_count: return "wrong_byte_count";
    case ReplyFault::wrong_echo: return "wrong_echo";
    case ReplyFault::truncated: return "truncated";
    case ReplyFault::surplus: return "surplus";
    case ReplyFault::wrong_crc: return "wrong_crc";
  }
  return "?";
}

void ReplyReader::expect(Framing framing, std::uint16_t transaction, std::uint8_t unit,
                         const Request& request) {
  expect_nothing(framing);
  asked_ = true;
  transaction_ = transaction;
  unit_ = unit;
  function_ = request.function;
  if (reads(function_)) {
    data_bytes_ = static_cast<std::uint16_t>(reply_pdu_bytes(request) - 2);
    return;
  }
  echo_address_ = request.address;
  echo_value_ = request.count;
  if (function_ == Function::write_register) echo_value_ = request.values[0];
  if (function_ == Function::write_coil) echo_value_ = request.values[0] != 0 ? 0xFF00 : 0;
}

void ReplyReader::expect_nothing(Framing framing) {
  framing_ = framing;
  asked_ = false;
  spent_ = false;
  fault_ = ReplyFault::none;
  exception_.reset();
  data_ = {};
  partial_.clear();
  text_.clear();
}

Progress ReplyReader::feed(std::span<const std::uint8_t>& chunk) {
  if (fault_ != ReplyFault::none) return Progress::failed;
  while (!chunk.empty()) {
    if (std::exchange(spent_, false)) partial_.clear();
    FrameSize size = frame_size(partial_.empty() ? chunk : std::span<const std::uint8_t>(partial_));
    if (size.bad) return Progress::failed;
    std::span<const std::uint8_t> frame;
    if (partial_.empty() && size.bytes != 0 && size.bytes <= chunk.size()) {
      frame = chunk.first(size.bytes);
      chunk = chunk.subspan(size.bytes);
    } else {
      // Byte by byte until the size is known.
      const bool known = !partial_.empty() && size.bytes != 0;
      const std::size_t take = std::min(chunk.size(), known ? size.bytes - partial_.size() : 1);
      partial_.insert(partial_.end(), chunk.begin(),
                      chunk.begin() + static_cast<std::ptrdiff_t>(take));
      chunk = chunk.subspan(take);
      size = frame_size(partial_);
      if (size.bad) return Progress::failed;
      if (size.bytes == 0 || partial_.size() < size.bytes) continue;
      frame = partial_;
      spent_ = true;
    }
    const Progress progress = judge(frame);
    if (progress != Progress::more) return progress;
  }
  if (std::exchange(spent_, false)) partial_.clear();
  return Progress::more;
}

Progress ReplyReader::end() {
  if (fault_ != ReplyFault::none) return Progress::failed;
  if (partial_.empty()) return Progress::more;
  const std::size_t size = frame_size(partial_).bytes;
  return bad(ReplyFault::truncated, "short frame: " + number(partial_.size()) +
                                        (size != 0 ? " of " + number(size) : "") + " bytes");
}

// --- where a frame ends -------------------------------------------------------------------------

ReplyReader::FrameSize ReplyReader::frame_size(std::span<const std::uint8_t> head) {
  return framing_ == Framing::tcp ? tcp_frame_size(head) : rtu_frame_size(head);
}

ReplyReader::FrameSize ReplyReader::tcp_frame_size(std::span<const std::uint8_t> head) {
  if (head.size() < 4) return {};
  if (const std::uint16_t protocol = word_at(head, 2); protocol != 0) {
    bad(ReplyFault::wrong_protocol, "protocol " + number(protocol) + " instead of 0 (Modbus)");
    return {.bad = true};
  }
  if (head.size() < 6) return {};
  const std::size_t length = word_at(head, 4);
  if (length < length_min || length > length_max) {
    bad(ReplyFault::wrong_length, "a header with length " + number(length) + ": a reply has " +
                                      number(length_min) + " to " + number(length_max));
    return {.bad = true};
  }
  return {.bytes = tcp_header_bytes - 1 + length};
}

ReplyReader::FrameSize ReplyReader::rtu_frame_size(std::span<const std::uint8_t> head) {
  if (head.size() < 2) return {};
  const auto function = function_of(plain_code(head[1]));
  if (!function) {
    bad(ReplyFault::wrong_function, function_text(head[1]) + ", which nobody asked for");
    return {.bad = true};
  }
  if ((head[1] & exception_bit) != 0) return {.bytes = 5};
  if (!reads(*function)) return {.bytes = 8};
  if (head.size() < 3) return {};
  const std::size_t bytes = 5u + head[2];
  if (bytes > rtu_bytes_max) {
    bad(ReplyFault::wrong_byte_count, number(head[2]) + " bytes of data do not fit a frame");
    return {.bad = true};
  }
  return {.bytes = bytes};
}

// --- what a frame says --------------------------------------------------------------------------

Progress ReplyReader::judge(std::span<const std::uint8_t> frame) {
  return framing_ == Framing::tcp ? judge_tcp(frame) : judge_rtu(frame);
}

Progress ReplyReader::judge_tcp(std::span<const std::uint8_t> frame) {
  const std::uint16_t transaction = word_at(frame, 0);
  if (!asked_ || transaction != transaction_) {
    if (owed_.take_transaction(transaction)) return drop();
    return bad(ReplyFault::wrong_transaction,
               asked_ ? "reply with transaction " + number(transaction) + " instead of " +
                            number(transaction_)
                      : "reply with transaction " + number(transaction) + ", which is not open");
  }
  if (frame[6] != unit_) {
    return bad(ReplyFault::wrong_unit,
               "reply of unit " + number(frame[6]) + " instead of " + number(unit_));
  }
  return judge_pdu(frame.subspan(tcp_header_bytes));
}

Progress ReplyReader::judge_rtu(std::span<const std::uint8_t> frame) {
  const auto body = frame.first(frame.size() - 2);
  const auto sent = static_cast<std::uint16_t>(frame[frame.size() - 2] | (frame.back() << 8));
  const std::uint16_t crc = crc16(body);
  if (sent != crc) {
    return bad(ReplyFault::wrong_crc, "wrong CRC: " + hex(sent) + " instead of " + hex(crc));
  }
  const auto pdu = body.subspan(1);
  if (!fits(frame[0], pdu) && owed_.take_like(frame[0], plain_code(pdu[0]))) return drop();
  if (!asked_) {
    return bad(ReplyFault::wrong_unit,
               "reply of unit " + number(frame[0]) + ", which nobody asked for");
  }
  if (frame[0] != unit_) {
    return bad(ReplyFault::wrong_unit,
               "reply of unit " + number(frame[0]) + " instead of " + number(unit_));
  }
  return judge_pdu(pdu);
}

// In RTU nothing but the shape tells to which request a reply belongs.
bool ReplyReader::fits(std::uint8_t unit, std::span<const std::uint8_t> pdu) const {
  if (!asked_ || unit != unit_ || plain_code(pdu[0]) != code_of(function_)) return false;
  if ((pdu[0] & exception_bit) != 0) return true;
  if (reads(function_)) return pdu[1] == data_bytes_;
  return word_at(pdu, 1) == echo_address_ && word_at(pdu, 3) == echo_value_;
}

Progress ReplyReader::judge_pdu(std::span<const std::uint8_t> pdu) {
  if (plain_code(pdu[0]) != code_of(function_)) {
    return bad(ReplyFault::wrong_function,
               function_text(pdu[0]) + " instead of " + function_text(code_of(function_)));
  }
  if ((pdu[0] & exception_bit) != 0) {
    if (pdu.size() > 2) {
      return bad(ReplyFault::surplus, number(pdu.size() - 2) + " bytes behind an exception");
    }
    exception_ = pdu[1];  // two bytes at least: length_min
    return Progress::done;
  }
  return reads(function_) ? judge_data(pdu) : judge_echo(pdu);
}

Progress ReplyReader::judge_data(std::span<const std::uint8_t> pdu) {
  const std::size_t count = pdu[1];
  if (count != data_bytes_) {
    return bad(ReplyFault::wrong_byte_count,
               number(count) + " bytes of data instead of " + number(data_bytes_));
  }
  if (pdu.size() < 2 + count) {
    return bad(ReplyFault::truncated, "short frame: " + number(pdu.size() - 2) + " of " +
                                          number(count) + " bytes of data");
  }
  if (pdu.size() > 2 + count) {
    return bad(ReplyFault::surplus, number(pdu.size() - 2 - count) + " bytes behind the data");
  }
  data_ = pdu.subspan(2);
  return Progress::done;
}

Progress ReplyReader::judge_echo(std::span<const std::uint8_t> pdu) {
  if (pdu.size() < 5) {
    return bad(ReplyFault::truncated, "short frame: " + number(pdu.size()) + " of 5 bytes");
  }
  if (pdu.size() > 5) {
    return bad(ReplyFault::surplus, number(pdu.size() - 5) + " bytes behind the echo");
  }
  const std::uint16_t address = word_at(pdu, 1);
  const std::uint16_t value = word_at(pdu, 3);
  if (address != echo_address_ || value != echo_value_) {
    return bad(ReplyFault::wrong_echo, "echo of address " + number(address) + ", value " +
                                           number(value) + " instead of address " +
                                           number(echo_address_) + ", value " +
                                           number(echo_value_));
  }
  return Progress::done;
}

Progress ReplyReader::drop() {
  ++late_;
  return Progress::more;
}

Progress ReplyReader::bad(ReplyFault fault, std::string text) {
  fault_ = fault;
  text_ = std::move(text);
  return Progress::failed;
}

}  // namespace nightwatt::wire::modbus
