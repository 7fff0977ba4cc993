#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/snmp/usm_user.h"
#include "model/endpoint.h"
#include "wire/snmp/message.h"

struct snmp_pdu;
struct snmp_session;

namespace nightwatt::io {

// What a report says (RFC 3412, section 7.1.3; RFC 3414, section 3.2): a v3 engine that cannot
// serve a message answers with one of its counters.
enum class SnmpReport : std::uint8_t {
  none,  // it is no report
  unknown_engine,
  not_in_time_window,
  unknown_user,
  wrong_digest,
  decryption_error,
  unsupported_level,
  unknown_context,
  other,
};

struct SnmpAnswer {
  SnmpReport report = SnmpReport::none;
  std::int64_t error_status = 0;
  std::int64_t error_index = 0;  // counts from 1
  std::vector<wire::snmp::Varbind> varbinds{};
};

// One agent's side of net-snmp: builds the messages that are sent to it and reads its datagrams.
//
//     ask() ──bytes──► the socket (non-blocking, connected)
//     hear(datagram) ──► nothing | garbage | answer()
//
// It waits for nothing and keeps no time. The v3 dance is the caller's: net-snmp's own discovery of
// the engine blocks, in snmp_sess_open() and again before the first request.
//
//     engine unknown ── discover() ─► hear(report) ─► engine known ── ask() ─► hear(reply)
class SnmpSession {
 public:
  enum class Heard : std::uint8_t {
    nothing,      // a late reply, a request, a v3 message that is not authentic
    garbage,      // no SNMP of this version
    answer,       // to what was asked last
    asked_again,  // the clocks were apart; net-snmp has set ours and repeated the message
  };
  struct Sent {
    int error = 0;       // errno of the send; 0 is well
    std::string text{};  // why the message could not even be built, "" otherwise
    bool ok() const { return error == 0 && text.empty(); }
  };

  // `fd` belongs to the caller and outlives this. `keys` outlives this.
  SnmpSession(const SnmpAgent& agent, int fd, MasterKeys& keys);
  ~SnmpSession();
  SnmpSession(const SnmpSession&) = delete;
  SnmpSession& operator=(const SnmpSession&) = delete;

  bool engine_known() const;  // v1 and v2c need none
  std::string engine_id() const;
  // Takes an answered discovery's engine for ours: makes the user's keys. The text says why not.
  std::string adopt_engine(const SnmpAgent& user);
  void forget_engine();

  Sent discover();
  // REQUIRES: engine_known(). `type`: get or set. Whatever was asked before is forgotten.
  Sent ask(wire::snmp::PduType type, const std::vector<wire::snmp::Varbind>& varbinds);
  void forget_request();
  Heard hear(std::string_view datagram);
  const SnmpAnswer& answer() const { return answer_; }

  std::size_t bytes_sent() const { return bytes_sent_; }

 private:
  struct Hooks;  // net-snmp's C callbacks
  Sent send(snmp_pdu* pdu);
  UsmUser user_of_another_engine(std::string_view datagram) const;

  void* session_ = nullptr;  // net-snmp's struct session_list
  MasterKeys& keys_;
  UsmUser user_{};
  SnmpAnswer answer_{};
  std::string_view datagram_{};  // while hear() runs
  std::size_t bytes_sent_ = 0;
  int fd_;
  int send_error_ = 0;
  bool answered_ = false;
  bool repeated_ = false;
};

}  // namespace nightwatt::io
