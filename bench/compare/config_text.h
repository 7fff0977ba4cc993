#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

// What the configurations of several rows have in common.
namespace nightwatt::bench {

// Index of the first address of those that many devices share.
inline constexpr std::size_t gateways_from = 20'000;

template <class... T>
void add(std::string& out, fmt::format_string<T...> text, T&&... values) {
  fmt::format_to(std::back_inserter(out), text, std::forward<T>(values)...);
}

// `folder` gets its files, and may hold a types.db of the row's own.
inline std::string collectd_head(const std::string& folder, double interval_s, int threads = 5) {
  return fmt::format(
      "Hostname bench\nFQDNLookup false\nBaseDir \"{0}\"\nPIDFile \"{0}/collectd.pid\"\n"
      "TypesDB \"/usr/share/collectd/types.db\" \"{0}/types.db\"\nInterval {1}\n"
      "ReadThreads {2}\n",
      folder, interval_s, threads);
}

}  // namespace nightwatt::bench
