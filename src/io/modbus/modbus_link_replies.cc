#include <algorithm>
#include <utility>

#include "io/modbus/modbus_link.h"
#include "wire/modbus/exception.h"

// What comes back, and what it means for the message on the wire.
namespace nightwatt::io {

namespace modbus = wire::modbus;
using modbus::Progress;

// --- the way ------------------------------------------------------------------------------------

void ModbusLink::opened() {
  const auto self = shared_from_this();
  ++stats_.connects;
  if (current_ && current_->reconnected) ++stats_.reconnects;
  stats_.connected = true;
  kept_ = !current_;            // made ahead: it may be gone before it is used
  if (line_) line_->trouble();  // whatever is on the line now is not for us
  reader_.expect_nothing(framing_);
  if (!current_) {
    state_ = State::idle;
    return;
  }
  begin();
  deliver();
}

void ModbusLink::not_opened(const ConnectFailure& failure) {
  const auto self = shared_from_this();
  ++stats_.connect_failures;
  state_ = State::closed;
  if (!current_) return;  // made ahead: whoever needs it will be told
  fail(failure.failure, prefix() + failure.text, true);
  fail_waiting();
  deliver();
  start_next();
}

void ModbusLink::lost(const std::string& why) {
  const auto self = shared_from_this();
  const State before = state_;
  const bool middle = reader_.started();
  const bool kept = kept_;
  disconnect();
  if (!current_) return;  // idle: nothing was lost
  const bool unsent = before == State::silence;
  const bool again = unsent || (kept && !middle && current_->block != nullptr);
  if (again && !current_->reconnected) {
    // It closed while we were not looking. A request that only reads may be sent again, once.
    current_->reconnected = true;
    state_ = State::opening;
    return carrier_->open(current_->time);
  }
  fail(MessageFailure::unreachable,
       unit_prefix() + why + (middle ? " in the middle of the reply" : " before the reply"),
       unsent);
  fail_waiting();
  deliver();
  start_next();
}

void ModbusLink::line_is_silent() {
  const auto self = shared_from_this();
  if (state_ == State::silence) transmit();
  deliver();
}

void ModbusLink::not_sent_in_time() {
  const auto self = shared_from_this();
  if (state_ != State::silence) return;
  line_->stop();
  state_ = State::idle;
  fail(MessageFailure::timed_out,
       unit_prefix() + "the line was not quiet for " + current_->time.text(), true);
  deliver();
  start_next();
}

// --- replies ------------------------------------------------------------------------------------

void ModbusLink::received(std::span<const std::uint8_t> bytes) {
  const auto self = shared_from_this();  // the sink may release us
  stats_.bytes_in += bytes.size();
  silent_ = 0;
  if (line_) line_->heard();
  // An idle link keeps no room of its own for what it will have to tell: one for all is warm.
  outbox_.borrow_room(shared_->spare);
  take(bytes);
  deliver();
  start_next();
  outbox_.return_room(shared_->spare);
}

void ModbusLink::take(std::span<const std::uint8_t> bytes) {
  if (state_ == State::asking) {
    switch (reader_.feed(bytes)) {
      case Progress::more:
        if (line_ && reader_.started()) line_->inside_frame();
        return;
      case Progress::done: reply_done(); break;
      case Progress::failed: return reply_failed("");
    }
  }
  if (bytes.empty()) return;
  // Nobody asked for these. What is owed is dropped; on a connection everything else means that we
  // are out of step, on a line it is noise.
  if (reader_.feed(bytes) != Progress::failed) return;
  reader_.expect_nothing(framing_);
  if (line_) {
    line_->trouble();
  } else {
    disconnect();
  }
}

void ModbusLink::reply_done() {
  if (line_) line_->frame_ended();
  if (const auto code = reader_.exception()) {
    exception(*code);
  } else {
    ++stats_.replies;
    MessageReplied replied{.transaction = current_->transaction};
    if (current_->block != nullptr) {
      modbus::take_items(*current_->profile, *current_->plan, *current_->block, reader_.data(),
                         replied.reading);
    }
    outbox_.add(std::move(replied));
  }
  if (line_ && reader_.owed().size() > 0) {
    const modbus::OwedReply like = owed_of(*current_);
    reader_.owed().renew(like.unit, like.function, like.until);
  }
  after_message();
}

void ModbusLink::after_message() {
  current_.reset();
  reader_.expect_nothing(framing_);
  state_ = State::idle;
  kept_ = true;
}

// A device that says no has been reached (T5); a gateway that could not reach it has not. A write
// that is "acknowledged" has been begun, and nobody knows yet how it ends.
void ModbusLink::exception(std::uint8_t code) {
  const modbus::Request request = current_->request();
  std::string text = unit_prefix() + modbus::exception_text(code) + " " +
                     modbus::describe(request.function, request.address, request.count);
  const bool begun = code == modbus::acknowledge && current_->write;
  if (modbus::is_gateway_failure(code) || begun) {
    const bool silent = code == modbus::gateway_target_silent;
    const auto failure = begun    ? MessageFailure::refused
                         : silent ? MessageFailure::timed_out
                                  : MessageFailure::unreachable;
    return report(current_->transaction, failure, std::move(text), false);
  }
  ++stats_.replies;
  outbox_.add(MessageRefused{current_->transaction, std::move(text)});
}

// On a line the next frame may be a good one; a connection that is out of step stays so.
void ModbusLink::reply_failed(const std::string& more) {
  if (line_) line_->frame_ended();
  report(current_->transaction, MessageFailure::bad_reply, unit_prefix() + reader_.text() + more,
         false);
  if (line_) {
    line_->trouble();
    return after_message();
  }
  current_.reset();
  disconnect();
  fail_waiting();
}

void ModbusLink::frame_stopped() {
  const auto self = shared_from_this();
  if (state_ != State::asking || reader_.end() != Progress::failed) return;
  reply_failed(", then silence");
  deliver();
  start_next();
}

}  // namespace nightwatt::io
