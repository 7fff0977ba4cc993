// Nightwatt beside a bare epoll client and beside the programs that people would use instead, one
// row for each measure of communication's speed.
//
//     bench_compare [--list] [--only ROW]... [--smoke] [--seconds S] [--rounds R] [--header]
//
// Within a row all clients see the same machine at the same time, or in turns of seconds; ratios
// are what counts (docs/BENCHMARKS.md).
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "bench/compare/rows.h"
#include "bench/options.h"

namespace {

using namespace nightwatt;

bool wanted(const std::vector<std::string>& only, std::string_view name) {
  return only.empty() || std::ranges::find(only, name) != only.end();
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> only;
  std::vector<char*> others = {argv[0]};
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--list") {
      for (const bench::CompareRow& row : bench::compare_rows()) fmt::print("{}\n", row.name);
      return 0;
    }
    if (option == "--only" && i + 1 < argc) {
      only.emplace_back(argv[++i]);
      const auto same = [&](const bench::CompareRow& row) { return row.name == only.back(); };
      if (std::ranges::none_of(bench::compare_rows(), same)) {
        fmt::print(stderr, "there is no row {}; --list shows them\n", only.back());
        return 2;
      }
    } else {
      others.push_back(argv[i]);
    }
  }
  const bench::Options parsed =
      bench::parse_options(static_cast<int>(others.size()), others.data(), {0}, 0, 0);
  bench::raise_descriptor_limit();
  ::umask(077);  // configurations with secrets are refused when others can read them
  bench::print_compare_header();
  for (const bench::CompareRow& row : bench::compare_rows()) {
    if (wanted(only, row.name)) row.run({parsed.seconds, parsed.rounds, parsed.smoke});
  }
  return 0;
}
