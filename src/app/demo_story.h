#pragma once

#include "app/demo_stage.h"

namespace nightwatt::app {

// The five acts: all is well, a wire breaks, feed A fails, feed B fails, power returns. Ends early
// when the stage is over, or after an act of which an expectation failed: what follows would fail
// for that reason alone.
void play_story(Stage& stage);

}  // namespace nightwatt::app
