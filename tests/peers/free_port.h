#pragma once

#include <cstdint>

// A loopback TCP port for a server of the test's own. It lies outside the range from which the
// kernel serves clients, and no other test program that asks here gets it while this one runs: a
// server may be stopped and started again on it.
namespace nightwatt::peers {

std::uint16_t free_port();

}  // namespace nightwatt::peers
