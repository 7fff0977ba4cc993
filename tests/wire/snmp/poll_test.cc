#include "wire/snmp/poll.h"

#include <gtest/gtest.h>

namespace nightwatt::wire::snmp {
namespace {

using profile::MapKind;
using profile::SnmpSource;
using profile::SnmpType;

const Oid status_name{1, 3, 6, 1, 1, 0};
const Oid charge_name{1, 3, 6, 1, 2, 0};
const Oid delay_name{1, 3, 6, 1, 3, 0};

class SnmpPoll : public testing::Test {
 protected:
  profile::Profile profile{.name = "p", .protocol = profile::Protocol::snmp};
  profile::ReadPlan plan;

  SnmpPoll() {
    profile.items = {
        {.variable = status_variable,
         .source = SnmpSource{status_name},
         .map = MapKind::values,
         .meanings = {{.raw = 3, .words = parse_status("OL")}}},
        {.variable = id_of(Variable::battery_charge),
         .source = SnmpSource{charge_name},
         .scale = 0.1,
         .absent = -1},
        {.variable = id_of(Variable::ups_load), .source = SnmpSource{status_name}, .scale = 10}};
    plan = profile::plan(profile, {});
  }
  Read read(const Value& status, const Value& charge) {
    return read_answers(profile, plan, 0, names_of(profile, plan, 0),
                        {{status_name, status}, {charge_name, charge}});
  }
  expected<Varbind, std::string> write(SnmpType type, profile::WriteStep step, std::string value,
                                       double high = 0) {
    step.target = SnmpSource{delay_name, type};
    profile.commands = {
        {.kind = ControlKind::write, .name = "w", .steps = {std::move(step)}, .high = high}};
    return write_of(profile, {.kind = ControlKind::write, .name = "w", .value = std::move(value)},
                    0);
  }
};

TEST_F(SnmpPoll, AnObjectThatTwoItemsReadIsAskedForOnce) {
  EXPECT_EQ(names_of(profile, plan, 0), (std::vector<Oid>{status_name, charge_name}));
  const Read got = read(integer_value(3), gauge_value(875));
  EXPECT_EQ(got.there, 2u);
  EXPECT_EQ(got.reading.status, parse_status("OL"));
  EXPECT_EQ(got.reading.values.get(Variable::battery_charge), 87.5);
  EXPECT_EQ(got.reading.values.get(Variable::ups_load), 30);
}

TEST_F(SnmpPoll, AbsentIsNotRejected) {
  for (const Value& absent : {Value{}, Value{.kind = ValueKind::no_such_object},
                              Value{.kind = ValueKind::end_of_mib_view}}) {
    const Read got = read(integer_value(3), absent);
    EXPECT_EQ(got.there, 1u);
    EXPECT_EQ(got.absent, 1u);
    EXPECT_EQ(got.reading.values.rejected_bits(), 0u);
  }
  EXPECT_EQ(read(integer_value(3), integer_value(-1)).reading.values.rejected_bits(), 0u);
}

TEST_F(SnmpPoll, WhatCannotBeIsRejected) {
  for (const Value& wrong : {octets_value("eighty"), integer_value(5'000),
                             Value{.kind = ValueKind::oid, .oid = charge_name}}) {
    const Read got = read(integer_value(3), wrong);
    EXPECT_EQ(got.rejected, 1u);
    EXPECT_TRUE(got.reading.values.rejected(Variable::battery_charge));
    EXPECT_EQ(got.reading.values.get(Variable::battery_charge), std::nullopt);
  }
  EXPECT_EQ(read(integer_value(9), integer_value(0)).reading.status, StatusWords{})
      << "not in the map";
  EXPECT_EQ(
      read(integer_value(3), octets_value(" 875 ")).reading.values.get(Variable::battery_charge),
      87.5);
}

TEST_F(SnmpPoll, AnswersToSomethingElseAreStrange) {
  const auto names = names_of(profile, plan, 0);
  EXPECT_EQ(read_answers(profile, plan, 0, names, {{status_name, {}}}).strange,
            "1 values for 2 objects");
  EXPECT_EQ(read_answers(profile, plan, 0, names, {{charge_name, {}}, {status_name, {}}}).strange,
            "a value of 1.3.6.1.2.0 where 1.3.6.1.1.0 was asked for");
}

TEST_F(SnmpPoll, OrdersBecomeValuesOfTheObjectsType) {
  EXPECT_EQ(write(SnmpType::integer, {}, "-120")->value, integer_value(-120));
  EXPECT_EQ(write(SnmpType::integer, {.scale = 60}, "120")->value, integer_value(2));
  EXPECT_EQ(write(SnmpType::unsigned32, {}, "4294967295")->value, gauge_value(4'294'967'295));
  EXPECT_EQ(write(SnmpType::integer, {.number = 3}, "")->value, integer_value(3));
  EXPECT_EQ(write(SnmpType::octets, {}, "UPS-A")->value, octets_value("UPS-A"));
  EXPECT_EQ(write(SnmpType::octets, {.text = "yes"}, "")->value, octets_value("yes"));
  EXPECT_EQ(write(SnmpType::oid, {.text = "1.3.6"}, "")->value.oid, (Oid{1, 3, 6}));
  EXPECT_EQ(text_of(write(SnmpType::ip_address, {}, "10.0.0.255")->value), "10.0.0.255");
}

TEST_F(SnmpPoll, OrdersThatCannotBeSay) {
  EXPECT_EQ(write(SnmpType::integer, {}, "soon").error(), "'soon' cannot be written as integer");
  EXPECT_FALSE(write(SnmpType::integer, {}, "2147483648"));
  EXPECT_FALSE(write(SnmpType::unsigned32, {}, "-1"));
  EXPECT_FALSE(write(SnmpType::oid, {}, "sysName"));
  for (const char* wrong : {"10.0.0", "10.0.0.256", "10.0.0.1.1", "10.0.0.1 "}) {
    EXPECT_FALSE(write(SnmpType::ip_address, {}, wrong)) << wrong;
  }
  EXPECT_EQ(write(SnmpType::integer, {}, "601", 600).error(), "'601' is outside what 'w' can have");
  EXPECT_EQ(write_of(profile, {.kind = ControlKind::command, .name = "w"}, 0).error(),
            "profile 'p' has no command 'w'");
  EXPECT_FALSE(write_of(profile, {.kind = ControlKind::write, .name = "w", .value = "1"}, 1))
      << "it has one step";
}

}  // namespace
}  // namespace nightwatt::wire::snmp
