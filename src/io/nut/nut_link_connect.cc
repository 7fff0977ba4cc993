#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "io/hub/socket_error.h"
#include "io/nut/nut_link.h"

// How a link gets its connection: name, then each address in turn, all within the message's
// timeout.
namespace nightwatt::io {

namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

void NutLink::connect() {
  disconnect();
  attempt_.reset(new Attempt{asio::steady_timer(shared_->io)});
  attempt_->deadline = Clock::now() + current_->timeout;
  NameCache::Addresses addresses = shared_->names->known(target_.host);
  if (!addresses.empty()) {
    state_ = State::connecting;
    attempt_->addresses = std::move(addresses);
    return try_next_address();
  }
  state_ = State::resolving;
  limit_attempt(attempt_->deadline);
  shared_->names->look_up(target_.host, [self = weak_from_this(), generation = generation_](
                                            const Error& ec, const NameCache::Addresses& found) {
    const auto link = self.lock();
    if (link && link->generation_ == generation) link->resolved(ec, found);
  });
}

void NutLink::resolved(const Error& ec, const NameCache::Addresses& addresses) {
  if (addresses.empty()) {
    return connect_failed(MessageFailure::unreachable,
                          "name not found: " + (ec ? describe(ec) : "no address"));
  }
  state_ = State::connecting;
  attempt_->addresses = addresses;
  try_next_address();
}

// The last address has all the time that is left; one before it has its equal share of it, so that
// a dead first address does not hide a living second one.
void NutLink::try_next_address() {
  const auto now = Clock::now();
  const auto left = std::max(attempt_->deadline - now, Clock::duration::zero());
  const auto untried = static_cast<int>(attempt_->addresses.size() - attempt_->next);
  const tcp::endpoint peer(attempt_->addresses[attempt_->next++], target_.port);
  ++generation_;  // silences the handlers of the address before
  limit_attempt(now + left / untried);

  Error ec;
  socket_.close(ec);
  socket_.open(peer.protocol(), ec);
  if (!ec) socket_.non_blocking(true, ec);
  if (ec) {
    asio::post(shared_->io, [self = weak_from_this(), generation = generation_, ec] {
      const auto link = self.lock();
      if (link && link->generation_ == generation) link->address_failed(ec);
    });
    return;
  }
  socket_.async_connect(peer, [self = weak_from_this(), generation = generation_](const Error& e) {
    const auto link = self.lock();
    if (!link || link->generation_ != generation) return;
    if (e) return link->address_failed(e);
    link->connected();
  });
}

void NutLink::address_failed(const Error& ec) {
  if (attempt_->next < attempt_->addresses.size()) return try_next_address();
  shared_->names->doubt(target_.host);
  if (ec != asio::error::timed_out)
    return connect_failed(MessageFailure::unreachable, describe(ec));
  const auto limit = std::to_string(current_->timeout.count());
  connect_failed(MessageFailure::timed_out, "no connection in " + limit + " ms");
}

void NutLink::limit_attempt(Clock::time_point until) {
  attempt_->timer.expires_at(until);
  attempt_->timer.async_wait([self = weak_from_this(), generation = generation_](const Error& ec) {
    const auto link = self.lock();
    if (ec || !link || link->generation_ != generation || !link->attempt_) return;
    if (link->state_ == State::connecting) return link->address_failed(asio::error::timed_out);
    const auto limit = std::to_string(link->current_->timeout.count());
    link->connect_failed(MessageFailure::timed_out, "name not found in " + limit + " ms");
  });
}

void NutLink::connect_failed(MessageFailure failure, const std::string& why) {
  ++stats_.connect_failures;
  fail(failure, why);
}

void NutLink::connected() {
  attempt_.reset();
  ++generation_;  // a timer that has already fired finds nothing to do
  Error ec;
  socket_.set_option(tcp::no_delay(true), ec);
  ++stats_.connects;
  if (current_->reconnected) ++stats_.reconnects;
  stats_.connected = true;
  wait_readable();
  greet();
}

}  // namespace nightwatt::io
