// Polls over NUT: our driver beside a bare epoll client, each against its own rack server.
//
//     bench_nut_poll [--devices N] [--seconds S] [--rounds R] [--smoke]
//
// One connection for each device. Paced: every device once a second, spread over the second in
// slots of 10 ms, for S seconds. Flat out: the next poll of a device starts when the last one is
// answered. The two clients take turns, R times each; the table has the medians. A client, and each
// server, is a process of its own, so that CPU time (getrusage) and memory are its own and 10,000
// descriptors suffice for each. The bare client looks for the reply's end and parses nothing.
#include <sys/resource.h>

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
#include "io/nut/nut_driver.h"
#include "rack/nut_server.h"

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
    links_[device]->send({.transaction = transaction, .timeout = Duration(10'000)}, "ups1");
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

[[noreturn]] void serve_rack(int tell) {
  asio::io_context io{1};
  rack::SimulatedUps ups;
  rack::NutServer server(io, {.idle_limit = Duration(3'600'000)});
  server.add(ups, "ups1");
  bench::put(tell, server.port());
  io.run();
  std::_Exit(0);
}

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
  bench::Process server;
  bench::Process client;
  std::size_t bytes = 0;  // of memory that the connections took
  std::vector<double> paced_us{};
  std::vector<double> flat_rate{};
  std::vector<double> flat_us{};
};

template <class Client>
Side launch(std::size_t devices) {
  Side side;
  side.server = bench::fork_process([](int, int tell) { serve_rack(tell); });
  std::uint16_t port = 0;
  if (!bench::get(side.server.answers, port)) std::exit(1);
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

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void print_row(const char* name, std::size_t devices, const Side& side, const Side& bare) {
  const double paced = median(side.paced_us);
  std::printf("%7zu  %-11s %10.1f %7.2f %12.0f %10.1f %9.0f\n", devices, name, paced,
              paced / median(bare.paced_us), median(side.flat_rate), median(side.flat_us),
              static_cast<double>(side.bytes) / static_cast<double>(devices));
}

void compare(std::size_t devices, double seconds, int rounds) {
  Side ours = launch<DriverClient>(devices);
  Side bare = launch<bench::BareClient>(devices);
  for (int round = 0; round < rounds; ++round) {
    measure(ours, seconds);
    measure(bare, seconds);
  }
  print_row("driver", devices, ours, bare);
  print_row("bare epoll", devices, bare, bare);
  std::fflush(stdout);
  for (const Side* side : {&ours, &bare}) {
    bench::end_process(side->client);
    bench::end_process(side->server);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::size_t> devices{100, 1'000, 10'000};
  double seconds = 5;
  int rounds = 3;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--smoke") {
      devices = {50};
      seconds = 1;
      rounds = 1;
    } else if (option == "--devices") {
      devices = {static_cast<std::size_t>(std::clamp(std::atoi(value), 1, 19'000))};
      ++i;
    } else if (option == "--seconds") {
      seconds = std::max(1.0, std::atof(value));
      ++i;
    } else if (option == "--rounds") {
      rounds = std::max(1, std::atoi(value));
      ++i;
    } else {
      std::fprintf(stderr, "usage: %s [--devices N] [--seconds S] [--rounds R] [--smoke]\n",
                   argv[0]);
      return 2;
    }
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  std::printf("LIST VAR polls, one connection per device; paced: one poll per device and second\n");
  std::printf("                         paced            flat out              memory\n");
  std::printf("devices  client      CPU us/poll ratio    polls/s CPU us/poll B/device\n");
  for (const std::size_t count : devices) compare(count, seconds, rounds);
  return 0;
}
