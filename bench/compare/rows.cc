#include "bench/compare/rows.h"

#include <fmt/format.h>

#include <cstdio>

namespace nightwatt::bench {

const std::vector<CompareRow>& compare_rows() {
  static const std::vector<CompareRow> rows = {
      {"modbus-1000", run_modbus_1000}, {"modbus-10000", run_modbus_10000},
      {"modbus-max", run_modbus_max},   {"nut-1000", run_nut_1000},
      {"snmp-v2c", run_snmp_v2c},       {"snmp-v3", run_snmp_v3},
      {"memory", run_memory},           {"mute-own", run_mute_own},
      {"mute-shared", run_mute_shared}, {"move", run_move},
  };
  return rows;
}

void print(const Compared& line) {
  fmt::print("| {:<58} | {:>14} | {:>6} | {:>6} | {:>11} | {:>10} | {:>11} |\n", line.measure,
             line.aim, line.to_bare, line.to_peer, line.nightwatt, line.bare, line.peer);
  std::fflush(stdout);
}

void print_compare_header() {
  print({.measure = "measure",
         .aim = "aim",
         .to_bare = "x bare",
         .to_peer = "x peer",
         .nightwatt = "Nightwatt",
         .bare = "bare epoll",
         .peer = "peer"});
  fmt::print("|{:-<60}|{:->15}:|{:->7}:|{:->7}:|{:->12}:|{:->11}:|{:->12}:|\n", "", "", "", "", "",
             "", "");
}

void note(const std::string& text) {
  fmt::print("  {}\n", text);
  std::fflush(stdout);
}

}  // namespace nightwatt::bench
