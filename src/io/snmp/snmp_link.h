#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/boxed.h"
#include "base/prefetch.h"
#include "base/rare_list.h"
#include "io/hub/device_sockets.h"
#include "io/hub/name_and_host.h"
#include "io/hub/outbox.h"
#include "io/hub/spares.h"
#include "io/hub/time_out.h"
#include "io/hub/unsent_limit.h"
#include "io/snmp/snmp_session.h"
#include "io/snmp/snmp_target.h"
#include "ports/device_link.h"
#include "wire/snmp/message.h"

// The talk with one agent, as a state machine:
//
//     idle ─► resolving ─► discovering ─► asking ─► idle
//
// (discovering: v3, when the engine is not known or the last message was lost). Replies carry ids,
// so a message that is given up costs the next one nothing. The socket stays open between polls.
namespace nightwatt::io {

// One message of a link, from send() to its answer.
struct SnmpMessage {
  Transaction transaction{};
  TimeOut time{};
  const profile::Profile* profile = nullptr;
  const profile::ReadPlan* plan = nullptr;
  std::uint16_t part = 0;
  std::vector<wire::snmp::Oid> names{};   // a read
  Boxed<wire::snmp::Varbind> to_write{};  // an order
  bool rediscovered = false;
};

struct SnmpShared {
  SnmpShared(std::shared_ptr<DeviceSockets> device_sockets, ports::EventSink events)
      : sockets(std::move(device_sockets)), sink(std::move(events)) {}

  // The same agent as the last one that was asked for, when they are equal: thousands of cards have
  // one community, or one user, and its texts are two hundred bytes.
  std::shared_ptr<const SnmpAgent> shared_agent(SnmpAgent agent);

  std::shared_ptr<DeviceSockets> sockets;
  ports::EventSink sink;
  MasterKeys keys;
  std::shared_ptr<const SnmpAgent> last_agent{};
  Spares<SnmpMessage> messages{};
};

class SnmpLink final : public ports::DeviceLink,
                       private SocketListener,
                       private UnsentLimit::Owner,
                       public std::enable_shared_from_this<SnmpLink> {
 public:
  SnmpLink(std::shared_ptr<SnmpShared> shared, SnmpTarget target);
  ~SnmpLink() override;

  void send(const SendMessage& message, const ports::Request& request) override;
  void cancel(Transaction transaction) override;
  void foresee_send(Ahead ahead) const override { prefetch_itself(*this, ahead); }
  void close() override;
  ports::LinkStats stats() const override;

 private:
  enum class State : std::uint8_t { idle, resolving, discovering, asking };
  using Message = SnmpMessage;

  // The socket (snmp_link.cc).
  void start_next();
  void begin(Message message);
  void start();
  void resolved(const boost::system::error_code& ec, const NameCache::Addresses& addresses);
  bool open_socket(const boost::asio::ip::address& address);
  void close_socket();
  void ready(std::uint32_t events) override;
  bool receive_one();
  void limit_unsent();
  void not_sent_in_time() override;
  void unreachable(const std::string& why, bool not_sent);

  // The talk (snmp_talk.cc).
  void greet();
  void ask();
  void check(const SnmpSession::Sent& sent);
  void answered();
  void discovered();
  void reported(SnmpReport report);
  void replied();
  void refused(const SnmpAnswer& answer);
  bool leave_out(std::int64_t index);
  std::vector<wire::snmp::Oid> names_without_absent(const Message& message);

  // Telling.
  void end(Event event);
  void fail(MessageFailure failure, const std::string& why, bool not_sent = false);
  void refuse(const std::string& why);
  void deliver();
  void deliver_later();
  std::string prefix() const;

  std::shared_ptr<SnmpShared> shared_;
  NameAndHost peer_;
  std::shared_ptr<const SnmpAgent> agent_;
  Spares<Message>::Loan current_{};
  RareList<Message> waiting_{};
  Outbox outbox_;
  int fd_ = -1;
  SocketWatch watch_{};
  std::unique_ptr<SnmpSession> session_{};
  std::unique_ptr<UnsentLimit> unsent_{};  // while resolving and discovering
  // Objects that a v1 agent said it does not have: one of them spoils a whole request. Asked for
  // again after a while.
  using Absent = std::map<wire::snmp::Oid, std::chrono::steady_clock::time_point>;
  Boxed<Absent> absent_{};
  ports::LinkStats stats_{};
  std::size_t next_address_ = 0;
  std::uint32_t generation_ = 0;  // of the look-up: the answer to an older one does nothing
  std::uint16_t port_;
  State state_ = State::idle;
  bool in_doubt_ = false;  // v3: the last message was lost, perhaps because the engine is another
};

}  // namespace nightwatt::io
