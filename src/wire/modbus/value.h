#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "profile/profile.h"

// Numbers in registers: as the wire has them (big-endian, high word first) or in whichever order a
// device's makers thought of.
namespace nightwatt::wire::modbus {

// Where a source's value stands in the data of a reply to one block.
//   bits (coils, discrete inputs)    `at` counts bits from the block's first
//   registers                        `at` counts registers from the block's first
// A float that is not a number is returned as such. Integers beyond 2^53 lose their last digits.
// REQUIRES: the data reaches that far.
double number_in(const profile::ModbusSource& source, std::span<const std::uint8_t> data,
                 std::size_t at);

// The registers of a number that is written, as many as registers_of(type). False when the type
// cannot hold it; integers are rounded. A coil's or bit's is 0 or 1.
bool put_number(const profile::ModbusSource& source, double number,
                std::span<std::uint16_t, 4> registers);

}  // namespace nightwatt::wire::modbus
