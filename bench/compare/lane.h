#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// One of the clients of a row: whose CPU is measured, and who counts its polls.
namespace nightwatt::bench {

struct Lane {
  pid_t pid = 0;
  std::function<std::uint64_t()> polls{};  // answered since its responder began
};

struct Cost {
  std::vector<double> us_per_poll{};  // CPU of all threads; one for each window
  std::vector<double> rate{};         // polls per second
};

// All of them at the same time, `rounds` windows one after the other: they see the same machine.
std::vector<Cost> measure_together(const std::vector<Lane>& lanes, double seconds, int rounds);

// In turns: while one runs, the others stand still. For lanes that take all that they can get.
std::vector<Cost> measure_in_turns(const std::vector<Lane>& lanes, double seconds, int rounds);

// Until it has done so many polls; false when it ended, or after two minutes.
bool settled(const Lane& lane, std::uint64_t polls);
// The same for those that cannot be done without: says which failed and ends the bench with 1.
void settle(const std::vector<Lane>& lanes, std::uint64_t polls);

}  // namespace nightwatt::bench
