#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "wire/modbus/frame.h"
#include "wire/modbus/function.h"

// A server's side of the wire: requests as they arrive, replies as they leave. For the simulated
// rack and the tests.
namespace nightwatt::wire::modbus {

// One whole request frame. `pdu` is valid until the next call of the reader.
struct Indication {
  std::uint16_t transaction = 0;
  std::uint8_t unit = 0;
  std::span<const std::uint8_t> pdu{};
};

// Cuts Modbus TCP requests out of a stream, however the bytes arrive.
class IndicationReader {
 public:
  // Takes bytes from the front of `chunk`. nullopt: used up, or broken().
  std::optional<Indication> next(std::span<const std::uint8_t>& chunk);
  bool broken() const { return broken_; }  // not Modbus TCP: nothing more will come

 private:
  std::vector<std::uint8_t> partial_;
  bool spent_ = false;
  bool broken_ = false;
};

// A checked request.
struct Command {
  Function function{};
  std::uint16_t address = 0;
  std::uint16_t count = 0;  // read, or written by 5, 6, 15, 16
  std::uint16_t write_address = 0;
  std::uint16_t write_count = 0;
  std::span<const std::uint8_t> data{};  // what is written: packed bits or registers

  bool bit(std::size_t i) const { return (data[i / 8] >> (i % 8) & 1) != 0; }
  std::uint16_t word(std::size_t i) const { return word_at(data, 2 * i); }
};

// Or the exception that the specification demands (V1.1b3, the state diagrams of section 6).
expected<Command, std::uint8_t> parse_command(std::span<const std::uint8_t> pdu);

// Each appends the PDU of one reply to a frame that has been begun. finish() is the caller's.
void put_bits(Frame& frame, Function function, std::span<const std::uint8_t> one_each);
void put_registers(Frame& frame, Function function, std::span<const std::uint16_t> registers);
void put_written(Frame& frame, const Command& command);  // of 5, 6, 15, 16
void put_exception(Frame& frame, std::uint8_t function_code, std::uint8_t exception);

}  // namespace nightwatt::wire::modbus
