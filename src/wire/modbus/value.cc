#include "wire/modbus/value.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "wire/modbus/frame.h"

namespace nightwatt::wire::modbus {
namespace {

using profile::ModbusSource;
using profile::NumberType;
using profile::RegisterKind;

bool is_bits(RegisterKind kind) {
  return kind == RegisterKind::coil || kind == RegisterKind::discrete_input;
}

std::uint16_t swapped(std::uint16_t word) {
  return static_cast<std::uint16_t>((word << 8) | (word >> 8));
}

// The value's bits in the lowest of the result.
std::uint64_t raw_of(const ModbusSource& source, std::span<const std::uint8_t> data,
                     std::size_t at) {
  const auto count = static_cast<std::size_t>(profile::registers_of(source.type));
  NW_CHECK(2 * (at + count) <= data.size());
  if (count == 1 && !source.low_byte_first) return word_at(data, 2 * at);
  std::uint64_t raw = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = source.low_word_first ? count - 1 - i : i;
    const std::uint16_t word = word_at(data, 2 * (at + place));
    raw = raw << 16 | (source.low_byte_first ? swapped(word) : word);
  }
  return raw;
}

// Whether a rounded number lies in an integer type. The limits as doubles: the upper one of a
// 64-bit type is no double, hence "below one more".
template <class Integer>
bool holds(double number) {
  const double one_more = std::ldexp(1.0, std::numeric_limits<Integer>::digits);
  return number >= static_cast<double>(std::numeric_limits<Integer>::min()) && number < one_more;
}

template <class Integer>
bool put_integer(double number, std::uint64_t& raw) {
  const double rounded = std::round(number);
  if (!holds<Integer>(rounded)) return false;
  raw = static_cast<std::uint64_t>(static_cast<Integer>(rounded));
  return true;
}

bool put_raw(NumberType type, double number, std::uint64_t& raw) {
  switch (type) {
    case NumberType::bit: return put_integer<std::uint64_t>(number, raw) && raw <= 1;
    case NumberType::u16: return put_integer<std::uint16_t>(number, raw);
    case NumberType::s16: return put_integer<std::int16_t>(number, raw);
    case NumberType::u32: return put_integer<std::uint32_t>(number, raw);
    case NumberType::s32: return put_integer<std::int32_t>(number, raw);
    case NumberType::u64: return put_integer<std::uint64_t>(number, raw);
    case NumberType::s64: return put_integer<std::int64_t>(number, raw);
    case NumberType::f32:
      raw = std::bit_cast<std::uint32_t>(static_cast<float>(number));
      return std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max());
    case NumberType::f64: raw = std::bit_cast<std::uint64_t>(number); return true;
  }
  return false;
}

}  // namespace

double number_in(const ModbusSource& source, std::span<const std::uint8_t> data, std::size_t at) {
  if (is_bits(source.kind)) {
    NW_CHECK(at / 8 < data.size());
    return data[at / 8] >> (at % 8) & 1;
  }
  const std::uint64_t raw = raw_of(source, data, at);
  switch (source.type) {
    case NumberType::bit: return static_cast<double>(raw >> source.bit & 1);
    case NumberType::u16:
    case NumberType::u32:
    case NumberType::u64: return static_cast<double>(raw);
    case NumberType::s16: return static_cast<std::int16_t>(raw);
    case NumberType::s32: return static_cast<std::int32_t>(raw);
    case NumberType::s64: return static_cast<double>(static_cast<std::int64_t>(raw));
    case NumberType::f32:
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(raw)));
    case NumberType::f64: return std::bit_cast<double>(raw);
  }
  return 0;
}

bool put_number(const ModbusSource& source, double number, std::span<std::uint16_t, 4> registers) {
  if (!std::isfinite(number)) return false;
  const NumberType type = is_bits(source.kind) ? NumberType::bit : source.type;
  std::uint64_t raw = 0;
  if (!put_raw(type, number, raw)) return false;
  const auto count = static_cast<std::size_t>(profile::registers_of(type));
  for (std::size_t i = 0; i < count; ++i) {
    const auto word = static_cast<std::uint16_t>(raw >> 16 * (count - 1 - i));
    const std::size_t place = source.low_word_first ? count - 1 - i : i;
    registers[place] = source.low_byte_first && !is_bits(source.kind) ? swapped(word) : word;
  }
  return true;
}

}  // namespace nightwatt::wire::modbus
