// Polls over NUT: our driver beside a bare epoll client, each against its own rack server.
//
//     bench_nut_poll [--smoke] [--devices N] [--seconds S] [--rounds R] [--header]
//
// One connection for each device. Paced: every device once a second, spread over the second in
// slots of 10 ms, for S seconds. Flat out: the next poll of a device starts when the last one is
// answered. The two clients take turns, R times each; the table has the medians. A client, and each
// server, is a process of its own, so that CPU time (getrusage) and memory are its own and 10,000
// descriptors suffice for each. The bare client looks for the reply's end and parses nothing.
#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "bench/nut_bare_client.h"
#include "bench/nut_bench_process.h"
#include "bench/options.h"
#include "bench/responder.h"
#include "bench/table.h"
#include "io/nut/nut_driver.h"

namespace {

using namespace nightwatt;
namespace asio = boost::asio;
using bench::Clock;
using bench::Window;
using bench::WindowKind;

// Ours: the links on one io_context, as the daemon has them.
class DriverClient final : public bench::PollClient {
 public:
  DriverClient(std::uint16_t port, std::size_t devices)
      : timer_(io_), driver_(io_, [this](Event event) { answered(event); }), flying_(devices) {
    for (std::size_t i = 0; i < devices; ++i) {
      links_.push_back(driver_.open({.name = "bench", .host = "127.0.0.1", .port = port}));
    }
  }

  void start(std::size_t device) override {
    if (flying_[device]) return;
    flying_[device] = true;
    ++in_flight_;
    // The device is in the transaction, so that the answer says whose it is.
    const Transaction transaction{(++serial_ << 16) | device};
    links_[device]->send({.transaction = transaction, .timeout = Duration(10'000)},
                         {.unit = "ups0"});
  }

  void serve_until(Clock::time_point until) override {
    timer_.expires_at(until);
    bool over = false;
    timer_.async_wait([&](const boost::system::error_code&) { over = true; });
    io_.restart();
    while (!over) io_.run_one();
  }

 private:
  void answered(const Event& event) {
    const auto* const replied = std::get_if<MessageReplied>(&event);
    if (replied == nullptr || !replied->reading.usable()) {
      const auto* const failed = std::get_if<MessageFailed>(&event);
      std::fprintf(stderr, "poll failed: %s\n",
                   failed != nullptr ? failed->text.c_str() : "no data");
      std::_Exit(1);
    }
    const std::size_t device = replied->transaction.value & 0xffff;
    flying_[device] = false;
    --in_flight_;
    ++answers_;
    if (again_) start(device);
  }

  asio::io_context io_{1};
  asio::steady_timer timer_;
  io::NutDriver driver_;
  std::vector<std::shared_ptr<ports::DeviceLink>> links_;
  std::vector<bool> flying_;
  std::uint64_t serial_ = 0;
};

template <class Client>
[[noreturn]] void serve_client(std::size_t devices, std::uint16_t port, int ask, int tell) {
  const std::size_t before = bench::resident_bytes();
  Client client(port, devices);
  for (std::size_t from = 0; from < devices; from += 500) {  // connections come up in small crowds
    for (std::size_t i = from; i < std::min(from + 500, devices); ++i) client.start(i);
    while (client.in_flight() > 0) client.serve_until(Clock::now() + std::chrono::milliseconds(1));
  }
  bench::put(tell, bench::resident_bytes() - before);
  WindowKind kind{};
  while (bench::get(ask, kind)) bench::put(tell, bench::run_window(client, devices, kind));
  std::_Exit(0);
}

struct Side {
  bench::Responder server{};
  bench::Process client{};
  std::size_t bytes = 0;  // of memory that the connections took
  std::vector<double> paced_us{};
  std::vector<double> flat_rate{};
  std::vector<double> flat_us{};
};

template <class Client>
Side launch(std::size_t devices) {
  Side side;
  side.server = bench::launch_responder(1);
  const std::uint16_t port = side.server.port;
  side.client = bench::fork_process(
      [=](int ask, int tell) { serve_client<Client>(devices, port, ask, tell); });
  if (!bench::get(side.client.answers, side.bytes)) std::exit(1);
  return side;
}

void measure(Side& side, double seconds) {
  Window window;
  bench::put(side.client.requests, WindowKind{seconds, false});
  if (!bench::get(side.client.answers, window)) std::exit(1);
  side.paced_us.push_back(window.cpu_us / static_cast<double>(window.polls));
  bench::put(side.client.requests, WindowKind{std::min(seconds, 2.0), true});
  if (!bench::get(side.client.answers, window)) std::exit(1);
  side.flat_us.push_back(window.cpu_us / static_cast<double>(window.polls));
  side.flat_rate.push_back(static_cast<double>(window.polls) / window.seconds);
}

void print_rows(std::size_t devices, const Side& ours, const Side& bare) {
  const std::string head = fmt::format("{} devices: NUT driver alone, ", devices);
  const double paced = bench::median(ours.paced_us);
  const double bare_paced = bench::median(bare.paced_us);
  bench::print({.measure = head + "CPU per poll at 1 s",
                .aim = "<= 1.3 x",
                .measured = bench::time_words(paced),
                .baseline = bench::time_words(bare_paced),
                .ratio = bench::ratio(paced, bare_paced)});
  const double rate = bench::median(ours.flat_rate);
  const double bare_rate = bench::median(bare.flat_rate);
  bench::print({.measure = head + "polls/s flat out",
                .aim = ">= 0.6 x",
                .measured = fmt::format("{:.0f}", rate),
                .baseline = fmt::format("{:.0f}", bare_rate),
                .ratio = bench::ratio(rate, bare_rate)});
  const auto each = [devices](std::size_t bytes) { return bytes / devices; };
  bench::print({.measure = head + "bytes per connection",
                .measured = fmt::format("{} B", each(ours.bytes)),
                .baseline = fmt::format("{} B", each(bare.bytes))});
}

void compare(std::size_t devices, double seconds, int rounds) {
  Side ours = launch<DriverClient>(devices);
  Side bare = launch<bench::BareClient>(devices);
  for (int round = 0; round < rounds; ++round) {
    measure(ours, seconds);
    measure(bare, seconds);
  }
  print_rows(devices, ours, bare);
  for (const Side* side : {&ours, &bare}) {
    bench::end_process(side->client);
    bench::end_process(side->server.process);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Options options = bench::parse_options(argc, argv, {100, 1'000, 10'000}, 50, 19'000);
  bench::raise_descriptor_limit();
  if (options.header) bench::print_header();
  for (const std::size_t devices : options.devices) {
    compare(devices, options.seconds, options.rounds);
  }
  return 0;
}
