#pragma once

#include <functional>
#include <utility>

#include "ports/sinks.h"

namespace boost::asio {
class io_context;
}

// The way from a worker thread back to the strand: the returned sink may be called from any thread
// and runs `sink` on the thread that runs `io`. `io` must outlive every user of the result.
namespace nightwatt::io {

ports::EventSink on_strand(boost::asio::io_context& io, ports::EventSink sink);
ports::NoticeSink on_strand(boost::asio::io_context& io, ports::NoticeSink sink);

}  // namespace nightwatt::io
