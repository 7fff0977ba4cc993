#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/control.h"
#include "model/reading.h"
#include "profile/profile.h"
#include "wire/snmp/message.h"

// A profile's items as the objects of a request, and a reply's objects as a Reading.
namespace nightwatt::wire::snmp {

// The names that the plan's message `part` reads, in the order of its items.
// REQUIRES: the plan has that message, and the profile is one for SNMP.
std::vector<Oid> names_of(const profile::Profile& profile, const profile::ReadPlan& plan,
                          std::uint16_t part);

// What a reply without an error status brought.
struct Read {
  Reading reading{};
  std::size_t there = 0;     // objects with a value
  std::size_t absent = 0;    // noSuchObject, noSuchInstance, endOfMibView
  std::size_t rejected = 0;  // of another type than a number, not in the map, absurd
  std::string strange{};     // not empty: it answers something else, and why
};
// `asked`: the names that were sent, `answers` what came back for them, one for one.
Read read_answers(const profile::Profile& profile, const profile::ReadPlan& plan,
                  std::uint16_t part, const std::vector<Oid>& asked,
                  const std::vector<Varbind>& answers);

// The object that step `part` of the order's command sets, and to what. The error says why there is
// none: no such command, no number, outside its bounds.
expected<Varbind, std::string> write_of(const profile::Profile& profile, const ControlOrder& order,
                                        std::uint16_t part);

}  // namespace nightwatt::wire::snmp
