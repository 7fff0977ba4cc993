#include "io/nut/nut_link.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "io/hub/socket_error.h"
#include "wire/nut/request.h"

namespace nightwatt::io {

namespace asio = boost::asio;
using wire::nut::Progress;

namespace {

// Of a connection that is made ahead; a message that waits for it has its own.
constexpr Duration prepare_timeout{5'000};

}  // namespace

NutLink::NutLink(std::shared_ptr<NutShared> shared, NutTarget target)
    : shared_(std::move(shared)), peer_(target.name, target.host), port_(target.port) {
  if (target.username.empty() && target.password.empty()) return;
  account_.emplace({std::move(target.username), std::move(target.password), target.login});
}

NutLink::~NutLink() = default;

// --- what the engine asks for -------------------------------------------------------------------

void NutLink::send(const SendMessage& message, const ports::Request& request) {
  using wire::nut::sendable;
  Message made;
  made.transaction = message.transaction;
  made.time = TimeOut(message.timeout);
  made.unit = request.unit;
  made.order = message.order;
  made.names = request.names;
  made.sink = request.sink;
  made.device = message.device;
  if (request.sink != nullptr) made.texts = request.texts;
  const auto refuse = [&](MessageFailure failure, const char* why) {
    report(made, failure, prefix() + why);
    deliver_later();
  };
  if (made.unit.empty() || !sendable(made.unit)) {
    return refuse(MessageFailure::refused, "not a NUT name for a UPS");
  }
  if (account_ && (!sendable(account_->username) || !sendable(account_->password))) {
    return refuse(MessageFailure::unauthorised,
                  "user name or password has characters that NUT cannot carry");
  }
  if (made.order &&
      (made.order->name.empty() || !sendable(made.order->name) || !sendable(made.order->value))) {
    return refuse(MessageFailure::refused, "the order has characters that NUT cannot carry");
  }
  if (!current_ && waiting_.empty()) return begin(std::move(made));
  waiting_.push_back(std::move(made));
  start_next();
}

void NutLink::cancel(Transaction transaction) {
  if (current_ && current_->transaction == transaction) {
    ++stats_.cancels;
    current_.reset();
    disconnect();
    fail_waiting();
    return deliver_later();
  }
  const auto same = [&](const Message& message) { return message.transaction == transaction; };
  stats_.cancels += static_cast<std::uint32_t>(waiting_.erase_if(same));
  outbox_.forget(transaction);
}

void NutLink::prepare() {
  if (state_ != State::closed) return;
  connect(TimeOut(prepare_timeout));
  preparing_ = true;
}

void NutLink::close() {
  current_.reset();
  waiting_.clear();
  outbox_.clear();
  disconnect();
}

ports::LinkStats NutLink::stats() const { return stats_; }

// --- a connection ------------------------------------------------------------------------------

void NutLink::connect(const TimeOut& time) {
  disconnect();
  state_ = State::connecting;
  TcpConnect::Caller& caller = *this;
  attempt_ = std::make_unique<TcpConnect>(shared_->sockets, peer_.host(), port_, time, caller);
}

void NutLink::connected(TcpSocket socket) {
  attempt_.reset();
  socket_ = std::move(socket);
  if (const Error ec = socket_.settle(*this)) {
    return not_connected({MessageFailure::unreachable, describe(ec)});
  }
  ++stats_.connects;
  if (current_ && current_->reconnected) ++stats_.reconnects;
  stats_.connected = true;
  greet();
}

const char* NutLink::word_of(State state) {
  switch (state) {
    case State::username: return "USERNAME";
    case State::password: return "PASSWORD";
    case State::login: return "LOGIN";
    case State::tracking: return "SET TRACKING";
    case State::closed:
    case State::connecting:
    case State::polling:
    case State::ordering:
    case State::following:
    case State::idle: break;
  }
  return "a request";
}

// Silence from here on is not the connection's: who connected may be hung.
void NutLink::limit_greeting() {
  if (unsent_) return;
  UnsentLimit::Owner& owner = *this;
  unsent_ = std::make_unique<UnsentLimit>(shared_->sockets->deadlines, owner);
  unsent_->set(current_ ? current_->time : TimeOut(prepare_timeout));
}

void NutLink::not_sent_in_time() {
  const auto self = shared_from_this();
  if (!current_) return disconnect();  // made ahead: whoever needs it will be told
  fail(MessageFailure::timed_out,
       std::string("no answer to ") + word_of(state_) + " in " + current_->time.text());
  deliver();
  start_next();
}

void NutLink::not_connected(const ConnectFailure& failure) {
  ++stats_.connect_failures;
  if (!current_) return disconnect();
  fail(failure.failure, failure.text);
}

// --- talking ------------------------------------------------------------------------------------

void NutLink::start_next() {
  if (current_ || waiting_.empty()) return;
  begin(waiting_.take_front());
}

void NutLink::begin(Message message) {
  current_ = shared_->messages.lend(std::move(message));
  if (preparing_) {  // greet() sees it
    if (attempt_) return attempt_->limit(current_->time);
    unsent_.reset();
    return limit_greeting();
  }
  if (state_ != State::idle) return connect(current_->time);
  kept_ = true;
  greet();
}

// Sends what has to come before the message, or the message.
void NutLink::greet() {
  std::string line;
  if (state_ == State::connecting && account_ && !account_->username.empty()) {
    wire::nut::append_username(line, account_->username);
    return request(State::username, line);
  }
  if (state_ == State::username) {
    wire::nut::append_password(line, account_->password);
    return request(State::password, line);
  }
  if (std::exchange(preparing_, false) && !current_) {
    reply_.reset();
    unsent_.reset();
    state_ = State::idle;
    return;
  }
  if (account_ && account_->login && !logged_in_ && !account_->username.empty()) {
    logged_in_ = true;
    wire::nut::append_login(line, current_->unit);
    return request(State::login, line);
  }
  if (current_->order) return send_order();
  ++stats_.requests;
  wire::nut::append_list_var(line, current_->unit);
  request(State::polling, line);
}

void NutLink::request(State next, const std::string& line) {
  state_ = next;
  if (next == State::polling || next == State::ordering) {
    unsent_.reset();
  } else if (next != State::following) {
    limit_greeting();
  }
  if (!reply_) reply_ = shared_->readers.lend();
  if (next == State::polling) {
    reply_->expect_list_var(current_->unit, current_->names, current_->texts);
  } else if (next == State::following) {
    reply_->expect_tracking();
  } else {
    reply_->expect_ok();
  }
  // One line into an empty socket buffer: it fits, or the connection is broken. Not an asynchronous
  // write, which would cost a handler for nothing.
  const TcpSocket::Moved sent = socket_.write(line);
  stats_.bytes_out += sent.bytes;
  if (sent.bytes > 0 && (next == State::polling || next == State::ordering)) current_->left = true;
  if (!sent.error && sent.bytes == line.size()) return;
  lost(sent.error ? sent.error : asio::error::make_error_code(asio::error::no_buffer_space));
}

void NutLink::ready(std::uint32_t) {
  const auto self = shared_from_this();  // the sink may let the link go
  auto& buffer = shared_->sockets->buffer;
  const TcpSocket::Moved got = socket_.read(buffer);
  if (got.error == asio::error::would_block) return;
  if (!got.error) {
    stats_.bytes_in += got.bytes;
    received({buffer.data(), got.bytes});
  } else {
    lost(got.error);
  }
  deliver();
  start_next();
}

void NutLink::received(std::string_view bytes) {
  if (!reply_) {  // nobody asked: out of step
    if (!current_) return disconnect();
    return fail(MessageFailure::bad_reply, "an answer to no request");
  }
  switch (reply_->feed(bytes)) {
    case Progress::more:
      // upsd writes a reply line by line under Nagle's algorithm, and the next segment leaves only
      // when this one is acknowledged: do that now instead of 40 ms later. The kernel forgets the
      // option by itself, hence at every read; a reply that came whole needs no acknowledgement.
      return socket_.quick_ack();
    case Progress::done: return reply_done(!bytes.empty());
    case Progress::failed: return reply_failed(!bytes.empty());
  }
}

// `surplus`: the server sent more than we asked for, so its next bytes answer nothing of ours.
void NutLink::reply_done(bool surplus) {
  if (!current_ && surplus) return disconnect();
  if (state_ != State::polling) {
    if (surplus) return fail(MessageFailure::bad_reply, "more than one answer to a request");
    if (state_ == State::ordering) return accepted();
    if (state_ == State::following) return followed();
    return greet();
  }
  ++stats_.replies;
  if (current_->sink != nullptr) current_->sink->said(current_->device, reply_->texts());
  outbox_.add(MessageReplied{current_->transaction, reply_->reading()});
  current_.reset();
  reply_.reset();
  state_ = State::idle;
  if (surplus) disconnect();
}

void NutLink::reply_failed(bool surplus) {
  if (!current_) return disconnect();  // it was made ahead: whoever needs it will be told
  if (current_->order && reply_->peer_error() && !surplus && order_failed()) return;
  const bool keep = state_ == State::polling && reply_->trusted() && !surplus;
  const std::string text = reply_->text();
  const MessageFailure failure = reply_->failure();
  if (!keep) return fail(failure, text, state_ >= State::polling);
  report(*current_, failure, prefix() + current_->unit + ": " + text);
  current_.reset();
  reply_.reset();
  state_ = State::idle;
}

void NutLink::lost(const Error& ec) {
  if (!current_) return disconnect();  // upsd's 60 s, a restart: nothing was lost
  const bool only_reads = state_ == State::polling || state_ == State::tracking;
  const bool started = reply_ && reply_->started();
  if (only_reads && kept_ && !started) {
    // It closed while we were not looking. A request that only reads may be sent again; on the
    // new connection, which is not a kept one, once.
    current_->reconnected = true;
    current_->left = false;
    return connect(current_->time);
  }
  fail(MessageFailure::unreachable,
       describe(ec) + (started ? " in the middle of the reply" : " before the reply"));
}

void NutLink::disconnect() {
  socket_.close();
  attempt_.reset();
  following_.reset();
  unsent_.reset();
  reply_.reset();
  state_ = State::closed;
  kept_ = preparing_ = logged_in_ = tracking_asked_ = false;
  stats_.connected = false;
}

// --- telling ------------------------------------------------------------------------------------

// Ends the message on the wire, and with it the connection.
void NutLink::fail(MessageFailure failure, const std::string& why, bool with_unit) {
  report(*current_, failure, prefix() + (with_unit ? current_->unit + ": " : "") + why);
  current_.reset();
  disconnect();
  fail_waiting();
  deliver_later();
}

void NutLink::fail_waiting() {
  for (const Message& message : std::exchange(waiting_, {})) {
    report(message, MessageFailure::cancelled, prefix() + "closed because of the message before");
  }
}

void NutLink::report(const Message& message, MessageFailure failure, std::string text) {
  ++stats_.failures;
  outbox_.add(MessageFailed{message.transaction, failure, std::move(text), !message.left});
}

// The sink may call send() and cancel() on this very link: nothing of ours is half done here.
void NutLink::deliver() {
  outbox_.deliver(shared_->sink);
  outbox_.give_up_room();
}

void NutLink::deliver_later() {
  if (outbox_.empty()) return;
  asio::post(shared_->sockets->io, [self = weak_from_this()] {
    if (const auto link = self.lock()) link->deliver();
  });
}

std::string NutLink::prefix() const {
  return peer_.name() + " (" + address_text(peer_.host(), port_) + "): ";
}

}  // namespace nightwatt::io
