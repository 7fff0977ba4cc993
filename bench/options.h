#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

// What every bench understands: [--smoke] [--devices N] [--seconds S] [--rounds R] [--header]
namespace nightwatt::bench {

struct Options {
  std::vector<std::size_t> devices{};
  double seconds = 5;
  int rounds = 3;
  bool smoke = false;
  bool header = false;  // print the table's head first
};

// Ends the program with 2 when an argument is not understood.
inline Options parse_options(int argc, char** argv, std::vector<std::size_t> devices,
                             std::size_t smoke_devices, std::size_t devices_max) {
  Options out{.devices = std::move(devices)};
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--smoke") {
      out.smoke = true;
      out.devices = {smoke_devices};
      out.seconds = 1;
      out.rounds = 1;
    } else if (option == "--header") {
      out.header = true;
    } else if (option == "--devices") {
      out.devices = {std::clamp<std::size_t>(std::strtoul(value, nullptr, 10), 2, devices_max)};
      ++i;
    } else if (option == "--seconds") {
      out.seconds = std::max(1.0, std::atof(value));
      ++i;
    } else if (option == "--rounds") {
      out.rounds = std::max(1, std::atoi(value));
      ++i;
    } else {
      std::fprintf(stderr,
                   "usage: %s [--smoke] [--devices N] [--seconds S] [--rounds R] [--header]\n",
                   argv[0]);
      std::exit(2);
    }
  }
  return out;
}

inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// As many descriptors as the machine allows.
inline void raise_descriptor_limit() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace nightwatt::bench
