#pragma once

#include <cstddef>
#include <cstdint>

#include "bench/nut_bench_process.h"

// A NUT server in a process of its own (the rack's), for clients to poll.
namespace nightwatt::bench {

struct Responder {
  Process process{};
  std::uint16_t port = 0;
};

// Serves units ups0 to ups<units - 1> at every address of 127.0.0.0/8.
Responder launch_responder(std::size_t units);
std::uint64_t polls_answered(const Responder& responder);  // LIST VAR, since it began

}  // namespace nightwatt::bench
