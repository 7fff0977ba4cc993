#include "bench/responder.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <deque>
#include <string>

#include "rack/nut_server.h"

namespace nightwatt::bench {
namespace {

namespace asio = boost::asio;

// Answers each byte on `ask` with the number of polls so far.
void count_on_demand(asio::posix::stream_descriptor& ask, int tell, const rack::NutServer& server) {
  static char byte = 0;
  asio::async_read(ask, asio::buffer(&byte, 1),
                   [&ask, tell, &server](const boost::system::error_code& problem, std::size_t) {
                     if (problem) std::_Exit(0);
                     put(tell, server.stats().list_var);
                     count_on_demand(ask, tell, server);
                   });
}

[[noreturn]] void serve(std::size_t units, int ask_fd, int tell) {
  asio::io_context io{1};
  rack::NutServer server(io, {.bind = "0.0.0.0", .idle_limit = Duration(3'600'000)});
  std::deque<rack::SimulatedUps> upses(units);
  for (std::size_t i = 0; i < units; ++i) server.add(upses[i], "ups" + std::to_string(i));
  asio::posix::stream_descriptor ask(io, ask_fd);
  put(tell, server.port());
  count_on_demand(ask, tell, server);
  io.run();
  std::_Exit(0);
}

}  // namespace

Responder launch_responder(std::size_t units) {
  Responder out;
  out.process = fork_process([units](int ask, int tell) { serve(units, ask, tell); });
  if (!get(out.process.answers, out.port)) std::exit(1);
  return out;
}

std::uint64_t polls_answered(const Responder& responder) {
  put(responder.process.requests, 'n');
  std::uint64_t polls = 0;
  if (!get(responder.process.answers, polls)) std::exit(1);
  return polls;
}

}  // namespace nightwatt::bench
