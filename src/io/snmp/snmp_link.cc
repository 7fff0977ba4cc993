#include "io/snmp/snmp_link.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

#include "io/hub/socket_error.h"
#include "wire/snmp/poll.h"

namespace nightwatt::io {

namespace asio = boost::asio;
namespace {

constexpr int datagrams_per_turn = 8;

boost::system::error_code error_of(int number) {
  return {number, boost::system::system_category()};
}

}  // namespace

std::shared_ptr<const SnmpAgent> SnmpShared::shared_agent(SnmpAgent agent) {
  if (!last_agent || *last_agent != agent) {
    last_agent = std::make_shared<const SnmpAgent>(std::move(agent));
  }
  return last_agent;
}

SnmpLink::SnmpLink(std::shared_ptr<SnmpShared> shared, SnmpTarget target)
    : shared_(std::move(shared)),
      peer_(target.name, target.host),
      agent_(shared_->shared_agent(std::move(target.agent))),
      port_(target.port) {}

SnmpLink::~SnmpLink() { close_socket(); }

// --- what the engine asks for -------------------------------------------------------------------

void SnmpLink::send(const SendMessage& message, const ports::Request& request) {
  Message made{.transaction = message.transaction,
               .time = TimeOut(message.timeout),
               .profile = request.profile,
               .plan = request.plan,
               .part = message.part};
  std::string wrong;
  if (request.profile == nullptr || request.profile->protocol != profile::Protocol::snmp) {
    wrong = "no SNMP profile for this device";
  } else if (message.order) {
    auto write = wire::snmp::write_of(*request.profile, *message.order, message.part);
    if (write) made.to_write = std::move(*write);
    if (!write) wrong = write.error();
  } else if (request.plan == nullptr || message.part >= request.plan->messages.size()) {
    wrong = "the schedule reads nothing here";
  } else {
    made.names = wire::snmp::names_of(*request.profile, *request.plan, message.part);
  }
  if (!wrong.empty()) {
    ++stats_.failures;
    outbox_.add(MessageFailed{.transaction = message.transaction,
                              .failure = MessageFailure::refused,
                              .text = prefix() + wrong,
                              .not_sent = true});
    return deliver_later();
  }
  if (!current_ && waiting_.empty()) {
    begin(std::move(made));
  } else {
    waiting_.push_back(std::move(made));
  }
  start_next();
  deliver_later();
}

void SnmpLink::cancel(Transaction transaction) {
  const auto same = [&](const Message& message) { return message.transaction == transaction; };
  stats_.cancels += static_cast<std::uint32_t>(waiting_.erase_if(same));
  outbox_.forget(transaction);
  if (!current_ || !same(*current_)) return;
  ++stats_.cancels;
  ++generation_;
  current_.reset();
  unsent_.reset();
  state_ = State::idle;
  in_doubt_ = true;
  shared_->sockets->names->doubt(peer_.host());
  if (session_) session_->forget_request();
  start_next();
  deliver_later();
}

void SnmpLink::close() {
  ++generation_;
  current_.reset();
  waiting_.clear();
  outbox_.clear();
  unsent_.reset();
  state_ = State::idle;
  absent_.reset();
  close_socket();
}

ports::LinkStats SnmpLink::stats() const {
  ports::LinkStats stats = stats_;
  if (session_) stats.bytes_out += session_->bytes_sent();
  return stats;
}

// --- the socket ---------------------------------------------------------------------------------

void SnmpLink::start_next() {
  while (!current_ && !waiting_.empty()) {
    begin(waiting_.take_front());
  }
}

void SnmpLink::begin(Message message) {
  current_ = shared_->messages.lend(std::move(message));
  start();
}

void SnmpLink::start() {
  if (session_) return greet();
  const auto addresses = shared_->sockets->names->known(peer_.host());
  if (!addresses.empty()) return resolved({}, addresses);
  state_ = State::resolving;
  limit_unsent();
  shared_->sockets->names->look_up(
      peer_.host(), [self = weak_from_this(), generation = ++generation_](
                        const boost::system::error_code& ec, const NameCache::Addresses& found) {
        const auto link = self.lock();
        if (!link || link->generation_ != generation || link->state_ != State::resolving) return;
        link->resolved(ec, found);
        link->start_next();
        link->deliver();
      });
}

void SnmpLink::resolved(const boost::system::error_code& ec,
                        const NameCache::Addresses& addresses) {
  if (addresses.empty()) return unreachable("name not found: " + describe(ec), true);
  // Another address at each attempt: UDP does not say which one is dead.
  const auto& address = addresses[next_address_++ % addresses.size()];
  if (open_socket(address)) greet();
}

bool SnmpLink::open_socket(const asio::ip::address& address) {
  const asio::ip::udp::endpoint peer(address, port_);
  fd_ = ::socket(peer.protocol().family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // Connected: the kernel drops what others send, and tells when nobody is on the port.
  int error = fd_ < 0 ? errno : 0;
  if (error == 0 && ::connect(fd_, peer.data(), static_cast<socklen_t>(peer.size())) != 0) {
    error = errno;
  }
  if (error == 0) {
    auto watch = shared_->sockets->hub.add(fd_, EPOLLIN, *this);
    if (watch) watch_ = std::move(*watch);
    if (!watch) error = watch.error().value();
  }
  if (error != 0) {
    close_socket();
    unreachable(describe(error_of(error)), true);
    return false;
  }
  session_ = std::make_unique<SnmpSession>(*agent_, fd_, shared_->keys);
  ++stats_.connects;
  stats_.connected = true;
  return true;
}

void SnmpLink::close_socket() {
  if (session_) stats_.bytes_out += session_->bytes_sent();
  session_.reset();
  watch_.reset();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  stats_.connected = false;
}

void SnmpLink::ready(std::uint32_t) {
  const auto keep = shared_from_this();
  for (int i = 0; i < datagrams_per_turn && fd_ >= 0; ++i) {
    if (!receive_one()) break;
  }
  start_next();
  deliver();
}

// False when there is no more.
bool SnmpLink::receive_one() {
  auto& buffer = shared_->sockets->buffer;
  const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size < 0) {
    const int error = errno;
    if (error == EAGAIN || error == EINTR) return false;
    if (current_) unreachable(describe(error_of(error)), false);
    return error == ECONNREFUSED;  // read away; whatever came behind it stays
  }
  stats_.bytes_in += static_cast<std::size_t>(size);
  switch (session_->hear({buffer.data(), static_cast<std::size_t>(size)})) {
    case SnmpSession::Heard::nothing: break;
    case SnmpSession::Heard::asked_again: ++stats_.requests; break;
    case SnmpSession::Heard::garbage:
      if (current_ && state_ == State::asking) {
        session_->forget_request();
        fail(MessageFailure::bad_reply, "the answer is no SNMP message of this version");
      }
      break;
    case SnmpSession::Heard::answer:
      if (current_) answered();
      break;
  }
  return true;
}

void SnmpLink::limit_unsent() {
  if (unsent_) return;
  UnsentLimit::Owner& owner = *this;
  unsent_ = std::make_unique<UnsentLimit>(shared_->sockets->deadlines, owner);
  unsent_->set(current_->time);
}

void SnmpLink::not_sent_in_time() {
  const auto keep = shared_from_this();
  ++generation_;
  in_doubt_ = true;
  shared_->sockets->names->doubt(peer_.host());
  if (session_) session_->forget_request();
  const char* missing = state_ == State::resolving ? "name not found in " : "no engine id in ";
  fail(MessageFailure::timed_out, missing + current_->time.text(), true);
  start_next();
  deliver();
}

void SnmpLink::unreachable(const std::string& why, bool not_sent) {
  ++stats_.connect_failures;
  in_doubt_ = true;
  shared_->sockets->names->doubt(peer_.host());
  fail(MessageFailure::unreachable, why, not_sent);
  close_socket();
}

// --- telling ------------------------------------------------------------------------------------

void SnmpLink::end(Event event) {
  current_.reset();
  unsent_.reset();
  state_ = State::idle;
  outbox_.add(std::move(event));
}

void SnmpLink::fail(MessageFailure failure, const std::string& why, bool not_sent) {
  ++stats_.failures;
  end(MessageFailed{.transaction = current_->transaction,
                    .failure = failure,
                    .text = prefix() + why,
                    .not_sent = not_sent});
}

void SnmpLink::refuse(const std::string& why) {
  ++stats_.replies;
  end(MessageRefused{current_->transaction, prefix() + why});
}

// The sink may call send() and cancel() on this very link: nothing of ours is half done here.
void SnmpLink::deliver() {
  const auto keep = shared_from_this();
  outbox_.deliver(shared_->sink);
  outbox_.give_up_room();
}

void SnmpLink::deliver_later() {
  if (outbox_.empty()) return;
  asio::post(shared_->sockets->io, [self = weak_from_this()] {
    if (const auto link = self.lock()) link->deliver();
  });
}

std::string SnmpLink::prefix() const {
  return peer_.name() + " (" + address_text(peer_.host(), port_) + "): ";
}

}  // namespace nightwatt::io
