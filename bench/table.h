#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

// One row of the table that bench/run prints. What is not known is "-".
namespace nightwatt::bench {

struct Row {
  std::string measure{};
  std::string aim = "-";
  std::string measured = "-";
  std::string baseline = "-";
  std::string ratio = "-";
};

inline void print(const Row& row) {
  fmt::print("{:<50} {:>9} {:>10} {:>9} {:>6}\n", row.measure, row.aim, row.measured, row.baseline,
             row.ratio);
  std::fflush(stdout);
}

inline void print_header() {
  print({.measure = "measure",
         .aim = "aim",
         .measured = "measured",
         .baseline = "baseline",
         .ratio = "ratio"});
}

inline std::string ratio(double value, double baseline) {
  return baseline > 0 ? fmt::format("{:.2f}", value / baseline) : "-";
}

// "0.83 us", "1.21 ms", "2.4 s".
inline std::string time_words(double us) {
  if (us < 1'000) return fmt::format("{:.2f} us", us);
  if (us < 1'000'000) return fmt::format("{:.2f} ms", us / 1'000);
  return fmt::format("{:.2f} s", us / 1e6);
}

}  // namespace nightwatt::bench
