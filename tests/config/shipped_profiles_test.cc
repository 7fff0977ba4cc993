#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/profiles/profile_file.h"
#include "config/profiles/profiles.h"
#include "config/profiles/source.h"

// What each profile that comes with Nightwatt makes of a device's raw values: the exact NUT
// reading.
namespace nightwatt::config::test {
namespace {

// What stands at "holding 128", or behind an OID that ends so: "4.1.0".
struct Raw {
  Raw(std::string_view where, double number) : place(where), value(number) {}
  Raw(std::string_view where, std::string_view text) : place(where), value(text) {}
  std::string_view place;
  std::variant<double, std::string_view> value;
};

bool stands_at(const profile::Item& item, std::string_view place) {
  const std::string shown = show(item.source);
  if (std::holds_alternative<profile::SnmpSource>(item.source)) {
    return shown.ends_with("." + std::string(place));
  }
  return shown.starts_with(std::string(place) + ' ') || shown == place;
}

std::string written(const Reading& reading, const VariableNames& names) {
  std::string out;
  for (int i = 0; i < 31; ++i) {
    const auto word = static_cast<StatusWord>(1u << i);
    if (!reading.status.has(word)) continue;
    out += (out.empty() ? "" : " ") + std::string(word_name(word));
  }
  for (std::size_t i = 0; i < variable_count; ++i) {
    const auto variable = static_cast<Variable>(i);
    if (const auto value = reading.values.get(variable)) {
      out += fmt::format(" {}={:.6g}", variable_name(variable), *value);
    } else if (reading.values.rejected(variable)) {
      out += fmt::format(" {}=rejected", variable_name(variable));
    }
  }
  for (const OtherValue& each : reading.others) {
    out += fmt::format(" {}={:.6g}", names.name(each.variable), each.number);
  }
  return out;
}

// The reading of a device that answers these places and no others.
std::string read(std::string_view name, const std::vector<Raw>& device) {
  const auto all = shipped_profiles();
  const auto text = std::ranges::find(all, name, &ShippedProfile::name);
  if (text == all.end()) return "no such profile";
  std::vector<std::string> others;
  VariableNames names(others);
  const LoadedProfile loaded = load_profile(text->text, names);
  Reading reading;
  for (const Raw& raw : device) {
    int found = 0;
    for (const profile::Item& item : loaded.profile->items) {
      if (!stands_at(item, raw.place)) continue;
      ++found;
      if (const auto* number = std::get_if<double>(&raw.value)) {
        profile::take(item, *number, reading);
      } else {
        profile::take_text(item, std::get<std::string_view>(raw.value), reading);
      }
    }
    EXPECT_EQ(found, 1) << raw.place;
  }
  return written(reading, names);
}

TEST(ShippedRfc1628, SaysWhatNutSays) {
  EXPECT_EQ(read("rfc1628", {{"4.1.0", 3},
                             {"33.1.2.1.0", 2},
                             {"7.3.0", 6},
                             {"2.4.0", 97},
                             {"2.3.0", 42},
                             {"2.5.0", 546},
                             {"2.7.0", 24},
                             {"3.3.1.2.1", 499},
                             {"3.3.1.3.1", 231},
                             {"4.4.1.2.1", 230},
                             {"4.4.1.4.1", 640},
                             {"4.4.1.5.1", 43},
                             {"9.6.0", 1500},
                             {"9.9.0", 180}}),
            "OL battery.charge=97 battery.runtime=2520 battery.voltage=54.6 ups.load=43 "
            "ups.realpower=640 ups.realpower.nominal=1500 input.voltage=231 "
            "input.transfer.low=180 input.frequency=49.9 output.voltage=230 "
            "battery.temperature=24");
}

TEST(ShippedRfc1628, EachState) {
  const auto status = [](double source, double battery, double test) {
    return read("rfc1628", {{"4.1.0", source}, {"33.1.2.1.0", battery}, {"7.3.0", test}});
  };
  EXPECT_EQ(status(3, 2, 6), "OL");
  EXPECT_EQ(status(5, 2, 1), "OB");
  EXPECT_EQ(status(5, 3, 1), "OB LB");
  EXPECT_EQ(status(5, 4, 1), "OB LB") << "depleted";
  EXPECT_EQ(status(4, 2, 1), "OL BYPASS");
  EXPECT_EQ(status(2, 2, 1), "OFF");
  EXPECT_EQ(status(6, 2, 1), "OL BOOST");
  EXPECT_EQ(status(7, 2, 1), "OL TRIM");
  EXPECT_EQ(status(5, 2, 5), "OB TEST") << "a test, a calibration, too";
  EXPECT_EQ(status(1, 1, 6), "") << "other and unknown: no usable reading";
  EXPECT_EQ(status(9, 9, 9), "") << "codes that the MIB does not have say nothing";
}

TEST(ShippedApcPowernet, SaysWhatNutSays) {
  EXPECT_EQ(read("apc-powernet", {{"1.4.1.1.0", 2},
                                  {"1.2.1.1.0", 2},
                                  {"1.2.2.4.0", 1},
                                  {"1.7.2.6.0", 1},
                                  {"1.2.2.1.0", 100},
                                  {"1.2.2.3.0", 372'000},
                                  {"1.2.2.8.0", 54},
                                  {"1.2.2.2.0", 27},
                                  {"1.3.2.1.0", 229},
                                  {"1.3.2.4.0", 50},
                                  {"1.4.2.1.0", 230},
                                  {"1.4.2.3.0", 21},
                                  {"1.5.2.10.0", 9'000}}),
            "OL battery.charge=100 battery.runtime=3720 battery.voltage=54 ups.load=21 "
            "ups.temperature=27 input.voltage=229 input.frequency=50 output.voltage=230 "
            "ups.delay.shutdown=90");
  EXPECT_EQ(read("apc-powernet", {{"1.2.2.3.0", 4'294'967'295.0}, {"1.2.2.2.0", 255}}), "")
      << "not supported";
}

TEST(ShippedApcPowernet, EachState) {
  const auto output = [](double code) { return read("apc-powernet", {{"1.4.1.1.0", code}}); };
  EXPECT_EQ(output(2), "OL");
  EXPECT_EQ(output(3), "OB");
  EXPECT_EQ(output(4), "OL BOOST");
  EXPECT_EQ(output(12), "OL TRIM");
  for (const double off : {5.0, 7.0, 11.0}) EXPECT_EQ(output(off), "OFF") << off;
  for (const double bypass : {6.0, 9.0, 10.0, 16.0, 17.0}) EXPECT_EQ(output(bypass), "BYPASS");
  EXPECT_EQ(output(15), "OB TEST");
  EXPECT_EQ(output(13), "OL ECO");
  EXPECT_EQ(output(1), "");
  EXPECT_EQ(output(99), "");
  EXPECT_EQ(read("apc-powernet", {{"1.4.1.1.0", 3}, {"1.2.1.1.0", 3}}), "OB LB");
  EXPECT_EQ(read("apc-powernet", {{"1.4.1.1.0", 2}, {"1.2.2.4.0", 2}}), "OL RB");
  EXPECT_EQ(read("apc-powernet", {{"1.4.1.1.0", 3}, {"1.7.2.6.0", 3}}), "OB CAL");
}

TEST(ShippedApcPowernet, EachFlag) {
  // Sixty-four digits with these flags set.
  const auto flags = [](std::initializer_list<std::size_t> set) {
    static std::string text;
    text.assign(64, '0');
    for (const std::size_t flag : set) text[flag - 1] = '1';
    return read("apc-powernet", {{"11.1.1.0", std::string_view(text)}});
  };
  EXPECT_EQ(flags({4, 6, 19}), "OL");
  EXPECT_EQ(flags({1, 2, 19}), "OB");
  EXPECT_EQ(flags({1, 2, 3, 19, 30}), "OB LB");
  EXPECT_EQ(flags({1, 4, 9, 19}), "OL OVER");
  EXPECT_EQ(flags({1, 4, 5, 19}), "OL RB");
  EXPECT_EQ(flags({4, 7, 19}), "OL BOOST");
  EXPECT_EQ(flags({4, 8, 19}), "OL TRIM");
  EXPECT_EQ(flags({2, 10, 19}), "OB CAL");
  EXPECT_EQ(flags({2, 19, 29}), "OB TEST");
  EXPECT_EQ(flags({1, 14, 19}), "BYPASS");
  EXPECT_EQ(flags({58}), "OFF");
  EXPECT_EQ(flags({}), "") << "a card that knows no flags: the other objects decide";
  for (const std::string_view garbage : {"", "2", "00010x", "unknown"}) {
    EXPECT_EQ(read("apc-powernet", {{"11.1.1.0", garbage}}), "") << garbage;
  }
}

TEST(ShippedEatonXups, SaysWhatNutSays) {
  EXPECT_EQ(read("eaton-xups", {{"1.4.5.0", 3},
                                {"534.1.2.5.0", 4},
                                {"534.1.2.1.0", 3155},
                                {"534.1.2.2.0", 104},
                                {"534.1.2.4.0", 93},
                                {"1.3.1.0", 600},
                                {"1.3.4.1.2.1", 121},
                                {"1.4.1.0", 19},
                                {"1.4.4.1.2.1", 120},
                                {"1.4.4.1.4.1", 228},
                                {"1.6.1.0", 29},
                                {"1.10.3.0", 1200}}),
            "OL battery.charge=93 battery.runtime=3155 battery.voltage=104 ups.load=19 "
            "ups.realpower=228 ups.realpower.nominal=1200 ups.temperature=29 input.voltage=121 "
            "input.frequency=60 output.voltage=120");
}

TEST(ShippedEatonXups, EachState) {
  const auto output = [](double code) { return read("eaton-xups", {{"1.4.5.0", code}}); };
  EXPECT_EQ(output(3), "OL");
  EXPECT_EQ(output(5), "OB");
  EXPECT_EQ(output(4), "BYPASS");
  EXPECT_EQ(output(11), "BYPASS");
  EXPECT_EQ(output(2), "OFF");
  EXPECT_EQ(output(6), "OL BOOST");
  EXPECT_EQ(output(7), "OL TRIM");
  for (const double line : {8.0, 9.0, 10.0, 12.0}) EXPECT_EQ(output(line), "OL") << line;
  EXPECT_EQ(output(1), "");
  EXPECT_EQ(read("eaton-xups", {{"1.4.5.0", 5}, {"534.1.2.5.0", 2}, {"534.1.2.10.0", 1}}),
            "OB LB DISCHRG");
  EXPECT_EQ(read("eaton-xups", {{"1.4.5.0", 5}, {"33.1.2.1.0", 3}}), "OB LB") << "an older card";
  EXPECT_EQ(read("eaton-xups", {{"1.4.5.0", 3}, {"534.1.2.7.0", 1}}), "OL RB");
  EXPECT_EQ(read("eaton-xups", {{"1.4.5.0", 3}, {"534.1.2.9.0", 1}}), "OL RB");
  EXPECT_EQ(read("eaton-xups", {{"1.4.5.0", 3}, {"534.1.2.5.0", 1}}), "OL CHRG");
  EXPECT_EQ(read("eaton-xups", {{"1.4.5.0", 5}, {"1.8.2.0", 4}}), "OB TEST");
}

TEST(ShippedApcModbus, SaysWhatNutSays) {
  EXPECT_EQ(read("apc-modbus", {{"holding 0", 1 << 1},
                                {"holding 128", 3720},
                                {"holding 130", 100 * 512},
                                {"holding 131", 54.5 * 32},
                                {"holding 135", 26.5 * 128},
                                {"holding 136", 21.25 * 256},
                                {"holding 140", 3.5 * 32},
                                {"holding 142", 230.5 * 64},
                                {"holding 144", 50 * 128},
                                {"holding 151", 229.75 * 64},
                                {"holding 588", 1500},
                                {"holding 589", 1000},
                                {"holding 1029", 120}}),
            "OL battery.charge=100 battery.runtime=3720 battery.voltage=54.5 ups.load=21.25 "
            "ups.realpower.nominal=1000 ups.power.nominal=1500 input.voltage=229.75 "
            "output.voltage=230.5 battery.temperature=26.5 output.current=3.5 "
            "output.frequency=50 ups.delay.shutdown=120");
  EXPECT_EQ(read("apc-modbus", {{"holding 151", 65'535}}), "") << "not applicable";
}

TEST(ShippedApcModbus, EachState) {
  const auto status = [](double bits) { return read("apc-modbus", {{"holding 0", bits}}); };
  EXPECT_EQ(status(1 << 1), "OL");
  EXPECT_EQ(status(1 << 2), "OB");
  EXPECT_EQ(status(1 << 3), "BYPASS");
  EXPECT_EQ(status(1 << 4), "OFF");
  EXPECT_EQ(status((1 << 1) + (1 << 13)), "OL ECO");
  EXPECT_EQ(status((1 << 2) + (1 << 7)), "OB TEST");
  EXPECT_EQ(status((1 << 1) + (1 << 21)), "OL OVER");
  EXPECT_EQ(status(0), "") << "neither: no usable reading";
  const auto also = [](std::string_view place, double bits) {
    return read("apc-modbus", {{"holding 0", 1 << 1}, {place, bits}});
  };
  EXPECT_EQ(read("apc-modbus", {{"holding 0", 1 << 2}, {"holding 18", 1 << 1}}), "OB LB");
  EXPECT_EQ(also("holding 18", 1 << 0), "OL") << "power failure is said by the status";
  EXPECT_EQ(also("holding 20", 1 << 0), "OL OVER");
  EXPECT_EQ(also("holding 22", 1 << 2), "OL RB");
  EXPECT_EQ(also("holding 24", 1 << 1), "OL CAL");
  EXPECT_EQ(also("holding 24", 1 << 2), "OL") << "a calibration that passed";
  EXPECT_EQ(also("holding 150", 1 << 5), "OL BOOST");
  EXPECT_EQ(also("holding 150", 1 << 6), "OL TRIM");
}

TEST(ShippedSimulatedUps, EachState) {
  const auto status = [](double bits) {
    return read("simulated-ups-modbus", {{"holding 0", bits}});
  };
  EXPECT_EQ(status(1), "OL");
  EXPECT_EQ(status(2), "OB");
  EXPECT_EQ(status(2 + 4), "OB LB");
  EXPECT_EQ(status(1 + 8), "OL RB");
  EXPECT_EQ(status(1 + 16), "OL CHRG");
  EXPECT_EQ(status(2 + 32), "OB DISCHRG");
  EXPECT_EQ(status(1 + 64), "OL BYPASS");
  EXPECT_EQ(status(1 + 128), "OL OVER");
  EXPECT_EQ(status(256), "OFF");
  EXPECT_EQ(status(2 + 512), "OB CAL");
  EXPECT_EQ(status(2 + (1 << 13)), "OB TEST");
  EXPECT_EQ(status(65'535), "") << "it does not know";
  EXPECT_EQ(
      read("simulated-ups-modbus",
           {{"holding 1", 98}, {"holding 2", 1'800}, {"holding 11", -55}, {"holding 16", 501}}),
      " battery.charge=98 battery.runtime=1800 ups.temperature=-5.5 input.frequency=50.1");
}

TEST(ShippedGenericPlc, ReadsWhatItsCommentsSay) {
  EXPECT_EQ(read("generic-plc", {{"input 0", 1.25},
                                 {"input 2", 27'648},
                                 {"input 3", -32'768},
                                 {"holding 10", 9},
                                 {"discrete 0", 1},
                                 {"holding 11", 1},
                                 {"holding 100", 123'456},
                                 {"holding 20", 425}}),
            " tank.1.level=1.25 pump.1.speed=100 pump.1.state=-1 door.open=1 pump.1.fault=1 "
            "pump.1.hours=123456 pump.1.setpoint=42.5");
}

// Polls of the shipped profiles stay small: a poll of a UPS is a few messages.
TEST(ShippedProfilesPlans, NeedFewMessages) {
  const auto messages = [](std::string_view name) {
    const auto all = shipped_profiles();
    std::vector<std::string> others;
    VariableNames names(others);
    const auto loaded =
        load_profile(std::ranges::find(all, name, &ShippedProfile::name)->text, names);
    return profile::plan(*loaded.profile, {}).messages.size();
  };
  EXPECT_EQ(messages("simulated-ups-modbus"), 2u);
  EXPECT_EQ(messages("rfc1628"), 2u);
  EXPECT_LE(messages("apc-modbus"), 5u);
  EXPECT_LE(messages("apc-powernet"), 2u);
  EXPECT_LE(messages("eaton-xups"), 2u);
}

}  // namespace
}  // namespace nightwatt::config::test
