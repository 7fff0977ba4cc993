#include "bench/compare/modbus_driver_client.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "bench/compare/child.h"
#include "bench/loopback.h"
#include "io/modbus/modbus_driver.h"

namespace nightwatt::bench {
namespace {

profile::Profile one_register() {
  profile::Profile out;
  out.name = "one-register";
  out.protocol = profile::Protocol::modbus;
  out.items.push_back(
      {.variable = id_of(Variable::battery_charge), .source = profile::ModbusSource{.address = 0}});
  return out;
}

class Client {
 public:
  explicit Client(const FlatOutSite& site)
      : driver_(std::make_shared<io::DeviceSockets>(io_),
                [this](const Event& event) { answered(event); }),
        profile_(one_register()),
        plan_(profile::plan(profile_, {})) {
    for (std::size_t i = 0; i < site.devices; ++i) {
      links_.push_back(
          driver_.open({.name = "bench", .host = loopback_host(i), .port = site.port}));
    }
  }

  [[noreturn]] void poll() {
    constexpr std::size_t crowd = 500;  // connections come up in crowds of so many
    for (std::size_t from = 0; from < links_.size(); from += crowd) {
      const std::size_t until = std::min(from + crowd, links_.size());
      for (std::size_t i = from; i < until; ++i) start(i);
      io_.restart();
      while (in_flight_ > 0) io_.run_one();
    }
    again_ = true;
    for (std::size_t i = 0; i < links_.size(); ++i) start(i);
    io_.restart();
    io_.run();
    std::_Exit(1);
  }

 private:
  void start(std::size_t device) {
    ++in_flight_;
    // The device is in the transaction, so that the answer says whose it is.
    links_[device]->send(
        {.transaction = Transaction{(++serial_ << 16) | device}, .timeout = Duration(600'000)},
        {.unit = "1", .profile = &profile_, .plan = &plan_});
  }

  void answered(const Event& event) {
    const auto* const replied = std::get_if<MessageReplied>(&event);
    if (replied == nullptr || !replied->reading.values.get(Variable::battery_charge)) {
      const auto* const failed = std::get_if<MessageFailed>(&event);
      std::fprintf(stderr, "poll failed: %s\n",
                   failed != nullptr ? failed->text.c_str() : "no data");
      std::_Exit(1);
    }
    --in_flight_;
    if (again_) start(replied->transaction.value & 0xffff);
  }

  boost::asio::io_context io_{1};
  io::ModbusDriver driver_;
  profile::Profile profile_;
  profile::ReadPlan plan_;
  std::vector<std::shared_ptr<ports::DeviceLink>> links_;
  std::size_t in_flight_ = 0;
  std::uint64_t serial_ = 0;
  bool again_ = false;
};

}  // namespace

pid_t start_driver_flat_out(const FlatOutSite& site) {
  return fork_child([&site] {
    use_cpu(site.cpu);
    Client(site).poll();
  });
}

}  // namespace nightwatt::bench
