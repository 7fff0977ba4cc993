#pragma once

#include <string>

#include "base/time.h"
#include "core/shutdown/plan.h"

// The lines that people read about a run. Whoever greps a journal depends on them: they are
// compared whole in the tests.
namespace nightwatt::core {

// "250 ms", "1.5 s", "100 s", "12 min"; whole seconds without a fraction, minutes from ten minutes
// on.
std::string text_of(Duration duration);

// The requirement's line, word for word, emoji and both spaces included.
std::string suppressed_line(const std::string& group, const std::string& flag_path);

// The requirement's words for recovery stand in it: "quorum restored -- re-armed for next event".
std::string re_armed_line(const std::string& group);

// "quorum lost: 0 healthy, 1 needed; shutting down in 30 s unless power returns; stop it with: ..."
std::string countdown_line(const std::string& group, const std::string& reason,
                           Duration confirm_for);

// "step 'NAS' failed after 3 s: ssh: connection refused". REQUIRES: the step has ended.
std::string step_end_line(const StepRecord& record);

// "plan of 'rack' done: 2 of 3 steps ok; failed: NAS (ssh: connection refused)".
std::string plan_end_line(const std::string& group, const char* how, const Plan& plan);

// For the journal: "done", "done with 1 failed step", "done with 2 failed steps and 1 skipped
// step".
std::string outcome_of(const Plan& plan);

bool all_dry_run(const Plan& plan);

}  // namespace nightwatt::core
