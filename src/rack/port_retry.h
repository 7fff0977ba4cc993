#pragma once

#include <chrono>

namespace nightwatt::rack {

// Somebody may have been quicker than a simulated server to take the port that it let go.
inline constexpr std::chrono::milliseconds come_back_retry{20};

}  // namespace nightwatt::rack
