#pragma once

#include <cstddef>
#include <string>

#include "base/time.h"
#include "io/cancellation.h"
#include "model/run.h"

// Runs one program on this machine to its end, in a process group of its own.
namespace nightwatt::io {

inline constexpr std::size_t command_output_max = 16 * 1024;  // bytes kept of each stream
inline constexpr Duration command_kill_grace{2'000};          // between SIGTERM and SIGKILL

// How a step went, as StepEnded will say it. `error` may hold a remark although the result is ok.
struct StepOutcome {
  StepResult result = StepResult::ok;
  std::string error{};
  bool unreachable = false;  // remote: no connection was made at all (StepEnded)
};

struct CommandOutput {
  std::string out{};
  std::string err{};
};

// Blocks until the program ended, the deadline passed or it was cancelled; in the last two cases
// the whole process group is gone on return. Standard input is empty. A program that exits leaves
// its group's other members alone only when it succeeded (it may have started a service).
StepOutcome run_command(const CommandAction& action, Duration deadline, const Cancellation& cancel,
                        CommandOutput* output = nullptr);

}  // namespace nightwatt::io
