#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/rare_list.h"
#include "io/hub/outbox.h"
#include "io/hub/spares.h"
#include "io/hub/time_out.h"
#include "io/modbus/carrier.h"
#include "io/modbus/modbus_driver.h"
#include "io/modbus/rtu_line.h"
#include "wire/modbus/profile_request.h"
#include "wire/modbus/reply_reader.h"

// The conversation with the devices behind one carrier, as a state machine:
//
//     closed ─► opening ─► asking ◄─► idle
//                   └► silence ─┘ (RTU: the line must be quiet before we speak)
//
// (opening without a message: the connection is made ahead.)
//
// A time-out of one device does not close the way to its neighbours: a late reply is known by its
// transaction (TCP) or by its unit, function and length (RTU), and dropped.
namespace nightwatt::io {

// One message of a link, from send() to its answer.
struct ModbusMessage {
  Transaction transaction{};
  TimeOut time{};
  const profile::Profile* profile = nullptr;
  const profile::ReadPlan* plan = nullptr;
  const profile::ReadMessage* block = nullptr;  // a read
  std::optional<wire::modbus::Write> write{};   // or a write
  std::uint8_t unit = 0;
  bool reconnected = false;  // its kept connection had gone

  wire::modbus::Request request() const {
    return write ? write->request() : wire::modbus::read_request(*block);
  }
};

struct ModbusShared {
  ModbusShared(std::shared_ptr<DeviceSockets> from, ports::EventSink events)
      : sockets(std::move(from)), sink(std::move(events)) {}
  std::shared_ptr<DeviceSockets> sockets;
  ports::EventSink sink;
  std::vector<Event> spare{};  // room for what a link has to tell, lent while it does
  Spares<ModbusMessage> messages{};
};

class ModbusLink final : public ports::DeviceLink,
                         public std::enable_shared_from_this<ModbusLink>,
                         private Carrier::User,
                         private RtuLine::Listener {
 public:
  ModbusLink(std::shared_ptr<ModbusShared> shared, ModbusTarget target);

  void send(const SendMessage& message, const ports::Request& request) override;
  void cancel(Transaction transaction) override;
  void prepare() override;
  void foresee_send(Ahead ahead) const override;
  void close() override;
  ports::LinkStats stats() const override { return stats_; }

 private:
  using Message = ModbusMessage;
  enum class State : std::uint8_t { closed, opening, silence, asking, idle };

  // Sending (modbus_link.cc).
  expected<Message, std::string> message_of(const SendMessage& message,
                                            const ports::Request& request) const;
  void start_next();
  void start_current();
  void begin();
  void transmit();
  void disconnect();

  // What the carrier and the clocks say (modbus_link_replies.cc).
  void opened() override;
  void not_opened(const ConnectFailure& failure) override;
  void received(std::span<const std::uint8_t> bytes) override;
  void lost(const std::string& why) override;
  void line_is_silent() override;
  void not_sent_in_time() override;
  void frame_stopped() override;
  void take(std::span<const std::uint8_t> bytes);
  void reply_done();
  void reply_failed(const std::string& more);
  void exception(std::uint8_t code);
  void after_message();

  // Telling (modbus_link.cc).
  void fail(MessageFailure failure, const std::string& why, bool not_sent = false);
  void fail_waiting();
  void report(Transaction transaction, MessageFailure failure, std::string text, bool not_sent);
  void deliver();        // now, from a handler
  void deliver_later();  // from within a caller's call
  std::string prefix() const;
  std::string unit_prefix() const;
  wire::modbus::OwedReply owed_of(const Message& message) const;
  bool rtu() const { return framing_ == wire::modbus::Framing::rtu; }

  std::shared_ptr<ModbusShared> shared_;
  std::string name_;
  std::unique_ptr<Carrier> carrier_;
  std::unique_ptr<RtuLine> line_;  // RTU
  Spares<Message>::Loan current_;
  RareList<Message> waiting_;
  Outbox outbox_;
  wire::modbus::ReplyReader reader_;
  ports::LinkStats stats_;
  std::uint16_t id_ = 0;     // of the last request over TCP
  std::uint8_t silent_ = 0;  // messages in a row that were given up without a byte of answer
  wire::modbus::Framing framing_{};
  State state_ = State::closed;
  bool kept_ = false;  // the connection served a message before this one
};

}  // namespace nightwatt::io
