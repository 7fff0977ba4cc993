#include "io/modbus/modbus_link.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/prefetch.h"
#include "io/modbus/serial_carrier.h"
#include "io/modbus/tcp_carrier.h"

namespace nightwatt::io {

namespace modbus = wire::modbus;

namespace {

// How long a late reply is waited for, at most, before something else is asked of the same device.
constexpr Duration late_wait_max{500};
// Of a connection that is made ahead; a message that waits for it has its own.
constexpr Duration prepare_timeout{5'000};

// Only differences of it are used.
Instant steady_now() {
  return Instant(std::chrono::floor<Duration>(RtuLine::Clock::now().time_since_epoch()));
}

RtuLine::Clock::time_point steady(Instant at) {
  if (at == Instant::min()) return {};
  return RtuLine::Clock::time_point(at.time_since_epoch());
}

expected<std::uint8_t, std::string> unit_of(std::string_view text, bool rtu) {
  if (text.empty() && !rtu) return std::uint8_t{255};
  unsigned unit = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), unit);
  const bool number = ec == std::errc() && end == text.data() + text.size();
  if (!number || unit > 255 || (rtu && (unit < 1 || unit > 247))) {
    return unexpected<std::string>("unit '" + std::string(text.substr(0, 20)) +
                                   "' is none: it is a number from " +
                                   (rtu ? "1 to 247" : "0 to 255"));
  }
  return static_cast<std::uint8_t>(unit);
}

}  // namespace

ModbusLink::ModbusLink(std::shared_ptr<ModbusShared> shared, ModbusTarget target)
    : shared_(std::move(shared)), name_(std::move(target.name)) {
  const ModbusLine& line = target.line;
  Carrier::User& user = *this;
  RtuLine::Listener& listener = *this;
  framing_ = line.framing == ModbusFraming::tcp ? modbus::Framing::tcp : modbus::Framing::rtu;
  if (rtu()) line_ = std::make_unique<RtuLine>(*shared_->sockets, line, listener);
  if (line.framing == ModbusFraming::rtu) {
    carrier_ = std::make_unique<SerialCarrier>(shared_->sockets, line, user);
  } else {
    carrier_ =
        std::make_unique<TcpCarrier>(shared_->sockets, std::move(target.host), target.port, user);
  }
}

// --- what the engine asks for -------------------------------------------------------------------

void ModbusLink::send(const SendMessage& message, const ports::Request& request) {
  auto made = message_of(message, request);
  if (!made) {
    report(message.transaction, MessageFailure::refused, prefix() + made.error(), true);
    return deliver_later();
  }
  if (!current_ && waiting_.empty()) {
    current_ = shared_->messages.lend(std::move(*made));
    return start_current();
  }
  waiting_.push_back(std::move(*made));
  start_next();
}

expected<ModbusLink::Message, std::string> ModbusLink::message_of(
    const SendMessage& message, const ports::Request& request) const {
  Message out;
  out.transaction = message.transaction;
  out.time = TimeOut(message.timeout);
  const auto unit = unit_of(request.unit, rtu());
  if (!unit) return unexpected(unit.error());
  out.unit = *unit;
  if (request.profile == nullptr) return unexpected<std::string>("this path has no profile");
  out.profile = request.profile;
  if (!message.order) {
    NW_CHECK(request.plan != nullptr && message.part < request.plan->messages.size());
    out.plan = request.plan;
    out.block = &request.plan->messages[message.part];
    return out;
  }
  const ControlOrder& order = *message.order;
  const auto* command = profile::find_command(*request.profile, order.kind, order.name);
  if (command == nullptr) {
    return unexpected<std::string>("profile " + request.profile->name + " has no " +
                                   std::string(to_string(order.kind)) + " '" + order.name + "'");
  }
  NW_CHECK(message.part < command->steps.size());
  auto write = modbus::write_of(*command, command->steps[message.part], order.value);
  if (!write) return unexpected<std::string>(order.name + ": " + write.error());
  out.write = *write;
  return out;
}

void ModbusLink::cancel(Transaction transaction) {
  if (current_ && current_->transaction == transaction) {
    ++stats_.cancels;
    const Message given_up = *std::exchange(current_, nullptr);
    if (line_) line_->frame_ended();
    if (state_ == State::silence) {  // it was not sent
      line_->stop();
      state_ = State::idle;
      return start_next();
    }
    if (state_ == State::asking) {
      reader_.owed().add(owed_of(given_up));
      reader_.expect_nothing(framing_);
      if (line_) line_->trouble();
      if (!carrier_->doubtful(++silent_, given_up.time.length())) {
        state_ = State::idle;
        return start_next();
      }
    }
    disconnect();
    fail_waiting();
    return deliver_later();
  }
  const auto same = [&](const Message& message) { return message.transaction == transaction; };
  stats_.cancels += static_cast<std::uint32_t>(waiting_.erase_if(same));
  outbox_.forget(transaction);
}

// A serial port has nothing to connect.
void ModbusLink::prepare() {
  if (state_ != State::closed || !carrier_->connects()) return;
  state_ = State::opening;
  carrier_->open(TimeOut(prepare_timeout));
}

void ModbusLink::foresee_send(Ahead ahead) const {
  if (ahead != Ahead::next) return prefetch_itself(*this, ahead);
  if (!line_) prefetch(carrier_.get(), sizeof(TcpCarrier));
}

void ModbusLink::close() {
  current_.reset();
  waiting_.clear();
  outbox_.clear();
  disconnect();
}

// --- sending ------------------------------------------------------------------------------------

void ModbusLink::start_next() {
  if (current_ || waiting_.empty()) return;
  current_ = shared_->messages.lend(waiting_.take_front());
  start_current();
}

void ModbusLink::start_current() {
  if (state_ == State::idle) return begin();
  // Made ahead, and not there yet.
  if (state_ == State::opening) return carrier_->limit(current_->time);
  state_ = State::opening;
  carrier_->open(current_->time);
}

void ModbusLink::begin() {
  if (!line_) return transmit();
  const auto not_before = steady(reader_.owed().clear_at(owed_of(*current_)));
  if (line_->silent(not_before)) return transmit();
  state_ = State::silence;
  line_->wait(not_before, current_->time);
}

void ModbusLink::transmit() {
  const modbus::Request request = current_->request();
  const modbus::Frame frame = rtu() ? modbus::rtu_request(current_->unit, request)
                                    : modbus::tcp_request(++id_, current_->unit, request);
  reader_.expect(framing_, id_, current_->unit, request);
  state_ = State::asking;
  // One frame into an empty buffer: it fits, or the way is broken.
  const auto sent = carrier_->write(frame.bytes());
  const std::size_t size = sent ? *sent : 0;
  stats_.bytes_out += size;
  if (size == frame.bytes().size()) {
    ++stats_.requests;
    if (line_) line_->frame_sent();
    return;
  }
  const bool kept = kept_;
  disconnect();
  if (size == 0 && kept && !current_->reconnected) {  // it had gone while we were not looking
    current_->reconnected = true;
    state_ = State::opening;
    return carrier_->open(current_->time);
  }
  const std::string why = sent ? "it takes no more bytes" : sent.error();
  fail(MessageFailure::unreachable, unit_prefix() + why, size == 0);
  fail_waiting();
  deliver_later();
}

// Late replies of a TCP connection end with it. A line's do not: the device is still there.
void ModbusLink::disconnect() {
  carrier_->close();
  if (line_) {
    line_->stop();
  } else {
    reader_.owed().clear();
  }
  reader_.expect_nothing(framing_);
  state_ = State::closed;
  kept_ = false;
  silent_ = 0;
  stats_.connected = false;
}

modbus::OwedReply ModbusLink::owed_of(const Message& message) const {
  const modbus::Request request = message.request();
  modbus::OwedReply out{.transaction = id_, .unit = message.unit};
  out.function = modbus::code_of(request.function);
  out.address = request.address;
  out.count = request.count;
  if (rtu()) out.until = steady_now() + std::min(message.time.length() / 2, late_wait_max);
  return out;
}

// --- telling ------------------------------------------------------------------------------------

void ModbusLink::fail(MessageFailure failure, const std::string& why, bool not_sent) {
  report(current_->transaction, failure, why, not_sent);
  current_.reset();
}

void ModbusLink::fail_waiting() {
  for (const Message& message : std::exchange(waiting_, {})) {
    report(message.transaction, MessageFailure::cancelled,
           prefix() + "closed because of the message before", true);
  }
}

void ModbusLink::report(Transaction transaction, MessageFailure failure, std::string text,
                        bool not_sent) {
  ++stats_.failures;
  outbox_.add(MessageFailed{transaction, failure, std::move(text), not_sent});
}

// The sink may call send() and cancel() on this very link: nothing of ours is half done here.
void ModbusLink::deliver() { outbox_.deliver(shared_->sink); }

void ModbusLink::deliver_later() {
  if (outbox_.empty()) return;
  boost::asio::post(shared_->sockets->io, [self = weak_from_this()] {
    if (const auto link = self.lock()) {
      link->deliver();
      link->start_next();
    }
  });
}

std::string ModbusLink::prefix() const { return name_ + " (" + carrier_->address() + "): "; }

std::string ModbusLink::unit_prefix() const {
  return prefix() + "unit " + std::to_string(current_->unit) + ": ";
}

}  // namespace nightwatt::io
