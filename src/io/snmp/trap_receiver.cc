#include "io/snmp/trap_receiver.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <cerrno>

#include "io/hub/socket_error.h"
#include "io/snmp/net_snmp.h"
#include "wire/snmp/message.h"

namespace nightwatt::io {

namespace asio = boost::asio;
using asio::ip::udp;
using wire::snmp::Sender;

namespace {

constexpr int datagrams_per_turn = 64;
constexpr std::size_t users_max = 4'096;
constexpr auto look_up_again = std::chrono::minutes(1);

int level_of(const SnmpAgent& user) {
  if (user.auth == SnmpAuth::none) return 1;
  return user.privacy == SnmpPrivacy::none ? 2 : 3;
}

asio::ip::address plain(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

Error cannot_listen(const SnmpTraps& settings, int error) {
  std::string text = "traps on " + settings.address + ":" + std::to_string(settings.port) + ": ";
  text += describe({error, boost::system::system_category()});
  if (error == EACCES) text += " (a port below 1024 needs the capability CAP_NET_BIND_SERVICE)";
  return {Errc::io_failed, std::move(text)};
}

}  // namespace

expected<std::unique_ptr<TrapReceiver>, Error> TrapReceiver::listen(
    std::shared_ptr<DeviceSockets> sockets, const SnmpTraps& settings,
    std::vector<TrapSource> sources, ports::EventSink sink) {
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(settings.address, no_address);
  if (no_address) return unexpected<Error>(cannot_listen(settings, EINVAL));
  const udp::endpoint here(address, settings.port);
  const int fd = ::socket(here.protocol().family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return unexpected<Error>(cannot_listen(settings, errno));
  udp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  if (::bind(fd, here.data(), static_cast<socklen_t>(here.size())) != 0 ||
      ::getsockname(fd, bound.data(), &size) != 0) {
    const int error = errno;
    ::close(fd);
    return unexpected<Error>(cannot_listen(settings, error));
  }
  bound.resize(size);
  std::unique_ptr<TrapReceiver> made(new TrapReceiver(std::move(sockets), std::move(sink), fd));
  made->port_ = bound.port();
  auto watch = made->sockets_->hub.add(fd, EPOLLIN, *made);
  if (!watch) return unexpected<Error>(cannot_listen(settings, watch.error().value()));
  made->watch_ = std::move(*watch);
  made->replace(settings, std::move(sources));
  return made;
}

TrapReceiver::TrapReceiver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink, int fd)
    : sockets_(std::move(sockets)),
      sink_(std::move(sink)),
      session_(fd),
      deadline_(sockets_->deadlines, *this),
      alive_(std::make_shared<TrapReceiver*>(this)),
      fd_(fd) {}

TrapReceiver::~TrapReceiver() {
  *alive_ = nullptr;
  watch_.reset();
  ::close(fd_);
}

void TrapReceiver::replace(const SnmpTraps& settings, std::vector<TrapSource> sources) {
  settings_ = settings;
  sources_ = std::move(sources);
  by_address_.clear();
  gaps_.clear();
  users_.clear();
  deadline_.clear();
  *alive_ = nullptr;  // look-ups for the sources of before
  alive_ = std::make_shared<TrapReceiver*>(this);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    place(i, sockets_->names->known(sources_[i].host));
  }
  look_up_names();
}

// --- where a trap comes from --------------------------------------------------------------------

void TrapReceiver::place(std::size_t source, const NameCache::Addresses& addresses) {
  for (const Address& address : addresses) {
    auto& there = by_address_[plain(address)];
    if (std::ranges::find(there, source) == there.end()) there.push_back(source);
  }
}

// Names only: known() answers for literal addresses.
void TrapReceiver::look_up_names() {
  looked_up_ = Clock::now();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    boost::system::error_code no_literal;
    asio::ip::make_address(sources_[i].host, no_literal);
    if (!no_literal) continue;
    sockets_->names->look_up(sources_[i].host, [alive = alive_, i](const auto&, const auto& found) {
      if (*alive != nullptr) (*alive)->place(i, found);
    });
  }
}

// A stranger may be a comm device whose name has a new address.
const std::vector<std::size_t>* TrapReceiver::sources_at(const Address& address) {
  const auto found = by_address_.find(plain(address));
  if (found != by_address_.end()) return &found->second;
  if (Clock::now() - looked_up_ > look_up_again) look_up_names();
  return nullptr;
}

// --- datagrams ----------------------------------------------------------------------------------

void TrapReceiver::ready(std::uint32_t) {
  const auto alive = alive_;
  for (int i = 0; i < datagrams_per_turn && *alive != nullptr; ++i) {
    if (!receive_one()) return;
  }
}

bool TrapReceiver::receive_one() {
  udp::endpoint from;
  auto size = static_cast<socklen_t>(from.capacity());
  auto& buffer = sockets_->buffer;
  const ssize_t bytes = ::recvfrom(fd_, buffer.data(), buffer.size(), 0, from.data(), &size);
  if (bytes < 0) return errno == EINTR;
  from.resize(size);
  ++stats_.received;
  const auto* const sources = sources_at(from.address());
  if (sources == nullptr) {
    ++stats_.strangers;
    return true;
  }
  if (!within_budget()) {
    ++stats_.overflowed;
    return true;
  }
  const std::string_view datagram(buffer.data(), static_cast<std::size_t>(bytes));
  const std::vector<std::size_t> here = *sources;  // the sink may replace() them
  from_ = from;
  if (!authentic(datagram, here)) {
    ++stats_.refused;
    return true;
  }
  ++stats_.taken;
  std::vector<CommId> comms;
  for (const std::size_t source : here) comms.push_back(sources_[source].comm);
  const auto alive = alive_;
  for (const CommId comm : comms) {
    if (*alive != nullptr) tell(comm);
  }
  return true;
}

bool TrapReceiver::within_budget() {
  const auto now = Clock::now();
  if (now - budget_from_ >= std::chrono::seconds(1)) {
    budget_from_ = now;
    budget_ = traps_per_second_max;
  }
  if (budget_ == 0) return false;
  --budget_;
  return true;
}

// --- who it is ----------------------------------------------------------------------------------

bool TrapReceiver::authentic(std::string_view datagram, const std::vector<std::size_t>& sources) {
  const auto sender = wire::snmp::peek_sender(datagram);
  if (!sender) return false;
  if (sender->version == wire::snmp::Version::v3) return v3_authentic(datagram, *sender, sources);
  const auto same = [&](const std::string& community) { return community == sender->community; };
  const bool known = (!settings_.community.empty() && same(settings_.community)) ||
                     std::ranges::any_of(sources, [&](std::size_t source) {
                       const SnmpAgent& agent = sources_[source].agent;
                       return agent.version != SnmpVersion::v3 && same(agent.community);
                     });
  if (!known) return false;
  return session_.hear(datagram, from_, {}, [](std::string_view, int) { return true; });
}

bool TrapReceiver::v3_authentic(std::string_view datagram, const Sender& sender,
                                const std::vector<std::size_t>& sources) {
  const SnmpAgent* const user = user_named(sender.user, sources);
  // Without a user it asks for our engine id, before its first inform. net-snmp answers that.
  if (user == nullptr && !sender.user.empty()) return false;
  if (users_.size() >= users_max) users_.clear();
  UsmUser& keys = users_[{sender.engine_id, sender.user}];
  if (!keys && user != nullptr && !sender.engine_id.empty()) {
    auto made = UsmUser::make(*user, sender.engine_id, keys_);
    if (made) keys = std::move(*made);
  }
  const bool new_engine = !engine_is_known(sender.engine_id);
  // A message below the user's level would need no key.
  const int level = user == nullptr ? 4 : level_of(*user);
  const bool good =
      session_.hear(datagram, from_, keys, [&](std::string_view, int its) { return its >= level; });
  // Whoever has no key must not fill net-snmp's table of engines.
  if (!good && new_engine) forget_engine(sender.engine_id);
  return good;
}

const SnmpAgent* TrapReceiver::user_named(const std::string& name,
                                          const std::vector<std::size_t>& sources) {
  if (name.empty()) return nullptr;
  for (const std::size_t source : sources) {
    const SnmpAgent& agent = sources_[source].agent;
    if (agent.version == SnmpVersion::v3 && agent.user == name) return &agent;
  }
  const auto found = std::ranges::find(settings_.users, name, &SnmpAgent::user);
  return found == settings_.users.end() ? nullptr : &*found;
}

// --- telling ------------------------------------------------------------------------------------

void TrapReceiver::tell(CommId comm) {
  Gap& gap = gaps_[comm];
  const auto now = Clock::now();
  if (gap.told != Clock::time_point{} && now - gap.told < trap_gap) {
    gap.again = true;
    if (!deadline_.is_set()) deadline_.set(gap.told + trap_gap);
    return;
  }
  gap = {.told = now};
  ++stats_.told;
  sink_(DeviceSpoke{comm});
}

void TrapReceiver::overdue() {
  const auto now = Clock::now();
  std::vector<CommId> due;
  auto next = Clock::time_point::max();
  for (const auto& [comm, gap] : gaps_) {
    if (!gap.again) continue;
    const auto at = gap.told + trap_gap;
    if (at <= now) due.push_back(comm);
    if (at > now) next = std::min(next, at);
  }
  if (next != Clock::time_point::max()) deadline_.set(next);
  const auto alive = alive_;
  for (const CommId comm : due) {
    if (*alive != nullptr) tell(comm);
  }
}

}  // namespace nightwatt::io
