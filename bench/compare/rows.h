#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The rows of `bench/run --compare`: each starts its own processes, measures, prints and ends them.
namespace nightwatt::bench {

struct CompareOptions {
  double seconds = 5;  // of a window
  int rounds = 3;      // windows of each client; the table has their medians
  bool smoke = false;  // few devices, one short window: shows that it runs
};

struct CompareRow {
  std::string_view name{};
  void (*run)(const CompareOptions&) = nullptr;
};
const std::vector<CompareRow>& compare_rows();

// A line of the table. What was not measured is "-".
struct Compared {
  std::string measure{};
  std::string aim = "-";
  std::string to_bare = "-";  // ratio
  std::string to_peer = "-";  // ratio
  std::string nightwatt = "-";
  std::string bare = "-";
  std::string peer = "-";
};
void print(const Compared& line);
void print_compare_header();
void note(const std::string& text);  // what the line above has to say besides

void run_modbus_1000(const CompareOptions& options);
void run_modbus_10000(const CompareOptions& options);
void run_modbus_max(const CompareOptions& options);
void run_nut_1000(const CompareOptions& options);
void run_snmp_v2c(const CompareOptions& options);
void run_snmp_v3(const CompareOptions& options);
void run_memory(const CompareOptions& options);
void run_mute_own(const CompareOptions& options);
void run_mute_shared(const CompareOptions& options);
void run_move(const CompareOptions& options);

}  // namespace nightwatt::bench
