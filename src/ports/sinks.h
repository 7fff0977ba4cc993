#pragma once

#include <functional>

#include "model/effect.h"
#include "model/event.h"

// Where what happened goes. Executors with threads of their own call these from those threads, so
// whoever builds one hands in a sink that posts to the engine's strand (io/on_strand.h). A sink
// never blocks and never throws.
namespace nightwatt::ports {

using EventSink = std::function<void(Event)>;
// The shell's own words for people: a journal moved aside, history that was dropped.
using NoticeSink = std::function<void(Notice)>;

}  // namespace nightwatt::ports
