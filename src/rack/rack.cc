#include "rack/rack.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <utility>

namespace nightwatt::rack {

namespace asio = boost::asio;

namespace {

constexpr std::size_t index(Feed feed, Line line) {
  return 2 * static_cast<std::size_t>(feed) + static_cast<std::size_t>(line);
}

}  // namespace

Rack::Rack(asio::io_context& io, RackSettings settings)
    : settings_(std::move(settings)), timer_(io) {
  for (const Feed feed : {Feed::a, Feed::b}) {
    UpsSettings ups = settings_.ups;
    ups.name = feed == Feed::a ? "UPS-A" : "UPS-B";
    ups.description = feed == Feed::a ? "feed A" : "feed B";
    ups.serial = feed == Feed::a ? "NW-A" : "NW-B";
    ups_[static_cast<std::size_t>(feed)] = std::make_unique<SimulatedUps>(std::move(ups));
    const SimulatedUps& made_ups = *ups_[static_cast<std::size_t>(feed)];
    agents_[static_cast<std::size_t>(feed)] = std::make_unique<SnmpAgent>(io, made_ups);
    modbus_[static_cast<std::size_t>(feed)] = std::make_unique<ModbusServer>(io);
    modbus(feed).add(rack_modbus_unit, made_ups);
    for (const Line line : {Line::first, Line::second}) {
      NutServerSettings server;
      server.port = settings_.ports[index(feed, line)];
      server.username = settings_.username;
      server.password = settings_.password;
      auto& made = servers_[index(feed, line)];
      made = std::make_unique<NutServer>(io, std::move(server));
      made->add(*ups_[static_cast<std::size_t>(feed)], settings_.unit);
    }
  }
  share_load();
}

Rack::~Rack() = default;

void Rack::start() { schedule(); }
void Rack::stop() { timer_.cancel(); }

void Rack::schedule() {
  timer_.expires_after(settings_.tick);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (ec) return;  // stopped, or the rack is gone and `this` with it
    const double simulated = static_cast<double>(settings_.tick.count()) * settings_.speed;
    step(Duration(static_cast<Duration::rep>(simulated)));
    schedule();
  });
}

void Rack::step(Duration simulated) {
  for (const auto& ups : ups_) ups->step(simulated);
  share_load();
}

void Rack::set_feed(Feed feed, bool on) {
  ups(feed).set_feed(on);
  share_load();
}

void Rack::set_line(Feed feed, Line line, bool up) {
  server(feed, line).set_fault(up ? Fault::none : Fault::down);
}

NutServer& Rack::server(Feed feed, Line line) { return *servers_[index(feed, line)]; }

bool Rack::load_fed() const {
  return std::ranges::any_of(ups_, [](const auto& ups) { return ups->output_on(); });
}

void Rack::share_load() {
  const auto fed = std::ranges::count_if(ups_, [](const auto& ups) { return ups->output_on(); });
  for (const auto& ups : ups_) {
    ups->set_load_watts(ups->output_on() ? settings_.load_watts / static_cast<double>(fed) : 0);
  }
}

RackThread::RackThread(RackSettings settings) {
  rack_ = std::make_unique<Rack>(io_, std::move(settings));
  for (const Feed feed : {Feed::a, Feed::b}) {
    for (const Line line : {Line::first, Line::second}) {
      ports_[index(feed, line)] = rack_->port(feed, line);
    }
    snmp_ports_[static_cast<std::size_t>(feed)] = rack_->agent(feed).port();
    modbus_ports_[static_cast<std::size_t>(feed)] = rack_->modbus(feed).port();
  }
  rack_->start();
  thread_ = std::thread([this] { io_.run(); });
}

RackThread::~RackThread() {
  io_.stop();
  thread_.join();
  rack_.reset();
}

void RackThread::with(const std::function<void(Rack&)>& action) {
  std::promise<void> done;
  asio::post(io_, [&] {
    action(*rack_);
    done.set_value();
  });
  done.get_future().wait();
}

std::uint16_t RackThread::port(Feed feed, Line line) const { return ports_[index(feed, line)]; }

}  // namespace nightwatt::rack
