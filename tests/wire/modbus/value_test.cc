#include "wire/modbus/value.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/rng.h"
#include "tests/wire/modbus/bytes.h"
#include "wire/modbus/profile_request.h"

namespace nightwatt::wire::modbus {
namespace {

using profile::ModbusSource;
using profile::NumberType;
using profile::RegisterKind;

double number(const ModbusSource& source, std::string_view bytes, std::size_t at = 0) {
  const Bytes data = hex_bytes(bytes);
  return number_in(source, data, at);
}

TEST(ModbusValue, EachTypeIsReadAsTheWireHasIt) {
  EXPECT_EQ(number({.type = NumberType::u16}, "FF FE"), 65'534);
  EXPECT_EQ(number({.type = NumberType::s16}, "FF FE"), -2);
  EXPECT_EQ(number({.type = NumberType::u32}, "00 01 00 02"), 65'538);
  EXPECT_EQ(number({.type = NumberType::s32}, "FF FF FF FD"), -3);
  EXPECT_EQ(number({.type = NumberType::u64}, "00 00 00 01 00 00 00 00"), 4'294'967'296.0);
  EXPECT_EQ(number({.type = NumberType::s64}, "FF FF FF FF FF FF FF FC"), -4);
  EXPECT_EQ(number({.type = NumberType::f32}, "42 F6 E9 79"), static_cast<double>(123.456f));
  EXPECT_EQ(number({.type = NumberType::f64}, "40 5E DD 2F 1A 9F BE 77"), 123.456);
  EXPECT_TRUE(std::isnan(number({.type = NumberType::f32}, "7F C0 00 00")));
  EXPECT_EQ(number({.type = NumberType::bit, .bit = 3}, "00 08"), 1);
  EXPECT_EQ(number({.type = NumberType::bit, .bit = 4}, "00 08"), 0);
  EXPECT_EQ(number({.type = NumberType::bit, .bit = 15}, "80 00"), 1);
}

TEST(ModbusValue, WordsAndBytesComeInAnyOrder) {
  ModbusSource source{.type = NumberType::u32};
  EXPECT_EQ(number(source, "12 34 56 78"), 0x12345678);
  source.low_word_first = true;
  EXPECT_EQ(number(source, "56 78 12 34"), 0x12345678);
  source.low_byte_first = true;
  EXPECT_EQ(number(source, "78 56 34 12"), 0x12345678);
  source.low_word_first = false;
  EXPECT_EQ(number(source, "34 12 78 56"), 0x12345678);
}

TEST(ModbusValue, StandsWhereTheBlockSaysIt) {
  EXPECT_EQ(number({.type = NumberType::u16}, "00 01 00 02 00 03", 2), 3);
  EXPECT_EQ(number({.type = NumberType::u32}, "00 01 00 02 00 03", 1), 0x20003);
  // The specification's example of function 1: coils 27 to 20 are CD, 35 to 28 are 6B.
  const ModbusSource coil{.kind = RegisterKind::coil, .type = NumberType::bit};
  EXPECT_EQ(number(coil, "CD 6B 05", 0), 1);
  EXPECT_EQ(number(coil, "CD 6B 05", 1), 0);
  EXPECT_EQ(number(coil, "CD 6B 05", 7), 1);
  EXPECT_EQ(number(coil, "CD 6B 05", 10), 0);
  EXPECT_EQ(number(coil, "CD 6B 05", 18), 1);
}

TEST(ModbusValue, WhatIsWrittenIsReadBack) {
  Rng rng(11);
  const auto all = {NumberType::u16, NumberType::s16, NumberType::u32, NumberType::s32,
                    NumberType::u64, NumberType::s64, NumberType::f32, NumberType::f64};
  for (int i = 0; i < 2'000; ++i) {
    for (const NumberType type : all) {
      ModbusSource source{.type = type};
      source.low_word_first = rng.chance_percent(50);
      source.low_byte_first = rng.chance_percent(50);
      const bool small = profile::registers_of(type) == 1 || type == NumberType::f32;
      const double value =
          static_cast<double>(small ? rng.between(0, 30'000) : rng.between(0, 2'000'000'000));
      std::array<std::uint16_t, 4> registers{};
      ASSERT_TRUE(put_number(source, value, registers));
      Bytes data;
      for (const std::uint16_t word : registers) {
        data.push_back(static_cast<std::uint8_t>(word >> 8));
        data.push_back(static_cast<std::uint8_t>(word & 0xFF));
      }
      ASSERT_EQ(number_in(source, data, 0), value) << to_string(type);
    }
  }
}

TEST(ModbusValue, ANumberThatDoesNotFitIsNotWritten) {
  const auto fits = [](NumberType type, double value) {
    std::array<std::uint16_t, 4> registers{};
    return put_number({.type = type}, value, registers);
  };
  EXPECT_TRUE(fits(NumberType::u16, 65'535));
  EXPECT_FALSE(fits(NumberType::u16, 65'536));
  EXPECT_FALSE(fits(NumberType::u16, -1));
  EXPECT_TRUE(fits(NumberType::u16, 65'535.4));
  EXPECT_FALSE(fits(NumberType::u16, 65'535.5));
  EXPECT_TRUE(fits(NumberType::s16, -32'768));
  EXPECT_FALSE(fits(NumberType::s16, -32'769));
  EXPECT_TRUE(fits(NumberType::u64, 18'446'744'073'709'549'568.0));
  EXPECT_FALSE(fits(NumberType::u64, 18'446'744'073'709'551'616.0));
  EXPECT_FALSE(fits(NumberType::s64, 9'223'372'036'854'775'808.0));
  EXPECT_TRUE(fits(NumberType::s64, -9'223'372'036'854'775'808.0));
  EXPECT_FALSE(fits(NumberType::f32, 1e39));
  EXPECT_TRUE(fits(NumberType::bit, 1));
  EXPECT_FALSE(fits(NumberType::bit, 2));
  for (const double odd :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(fits(NumberType::f64, odd));
    EXPECT_FALSE(fits(NumberType::u16, odd));
  }
}

// --- profiles -----------------------------------------------------------------------------------

TEST(ModbusPlan, EachKindIsReadWithItsFunction) {
  const auto function = [](RegisterKind kind) {
    return read_request({.kind = kind, .address = 5, .count = 2}).function;
  };
  EXPECT_EQ(function(RegisterKind::coil), Function::read_coils);
  EXPECT_EQ(function(RegisterKind::discrete_input), Function::read_discrete_inputs);
  EXPECT_EQ(function(RegisterKind::holding_register), Function::read_holding_registers);
  EXPECT_EQ(function(RegisterKind::input_register), Function::read_input_registers);
}

TEST(ModbusPlan, ItemsOfABlockBecomeAReading) {
  profile::Profile profile;
  profile.protocol = profile::Protocol::modbus;
  const auto add = [&](Variable variable, ModbusSource source, double scale) {
    profile::Item item;
    item.variable = id_of(variable);
    item.source = source;
    item.scale = scale;
    profile.items.push_back(item);
  };
  add(Variable::battery_charge, {.address = 12}, 0.1);
  add(Variable::battery_runtime, {.address = 10, .type = NumberType::u32}, 1);
  add(Variable::ups_load, {.address = 13}, 1);
  profile.items[2].absent = 65'535;
  const profile::ReadPlan plan = profile::plan(profile, {});
  ASSERT_EQ(plan.messages.size(), 1u);
  Reading reading;
  take_items(profile, plan, plan.messages[0], hex_bytes("00 00 07 08 03 66 FF FF"), reading);
  EXPECT_EQ(reading.values.get(Variable::battery_runtime), 1'800);
  EXPECT_EQ(reading.values.get(Variable::battery_charge), 87);
  EXPECT_EQ(reading.values.get(Variable::ups_load), std::nullopt);
  EXPECT_FALSE(reading.values.rejected(Variable::ups_load));
}

std::string written(const ModbusSource& target, std::string_view value, double scale = 1,
                    double offset = 0) {
  profile::Command command;
  profile::WriteStep step;
  step.target = target;
  step.scale = scale;
  step.offset = offset;
  const auto write = write_of(command, step, value);
  if (!write) return write.error();
  const Request request = write->request();
  EXPECT_EQ(problem_of(request), "");
  return hex_text(tcp_request(1, 1, request).bytes().subspan(tcp_header_bytes));
}

TEST(ModbusPlan, AWriteTakesTheSmallestFunction) {
  EXPECT_EQ(written({.address = 2}, "17"), "06 00 02 00 11");
  EXPECT_EQ(written({.address = 2, .type = NumberType::u32}, "65538"),
            "10 00 02 00 02 04 00 01 00 02");
  EXPECT_EQ(written({.kind = RegisterKind::coil, .address = 2}, "1"), "05 00 02 FF 00");
  EXPECT_EQ(written({.address = 2}, "21.5", 0.1), "06 00 02 00 D7");
  EXPECT_EQ(written({.address = 2}, "25", 0.5, 5), "06 00 02 00 28");
  EXPECT_EQ(written({.kind = RegisterKind::coil}, "2"), "2 does not fit a coil");
  EXPECT_EQ(written({}, "70000"), "70000 does not fit u16");
  EXPECT_EQ(written({}, ""), "'' is not a number");
  EXPECT_EQ(written({}, "nan"), "'nan' is not a number");
  EXPECT_EQ(written({.type = NumberType::bit}, "1"),
            "one bit of a register cannot be written alone");
  EXPECT_EQ(written({.kind = RegisterKind::discrete_input}, "1"),
            "the profile writes to an input, which can only be read");
}

}  // namespace
}  // namespace nightwatt::wire::modbus
