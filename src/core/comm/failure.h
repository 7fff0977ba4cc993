#pragma once

#include <string>

#include "model/comm.h"

namespace nightwatt::core {

// Why a message failed: for the state, the log, and the choice of what to do.
struct Failure {
  MessageFailure kind{};
  std::string text{};
  bool not_sent = false;
};

}  // namespace nightwatt::core
