#pragma once

#include <boost/asio/ip/udp.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "io/snmp/usm_user.h"

struct snmp_pdu;
struct snmp_session;

namespace nightwatt::io {

// net-snmp's side of the trap receiver: reads one datagram, says whose it is, and answers informs
// and v3 engines that ask who we are.
class TrapSession {
 public:
  // Whether an authentic notification may be taken and acknowledged. `community`: of v1 and v2c, ""
  // for v3; `level`: of v3, 1 noAuthNoPriv, 2 authNoPriv, 3 authPriv, 0 for the others.
  using Allowed = std::function<bool(std::string_view community, int level)>;

  explicit TrapSession(int fd);
  ~TrapSession();
  TrapSession(const TrapSession&) = delete;
  TrapSession& operator=(const TrapSession&) = delete;

  // True for a notification that is authentic and allowed. `user`: of a v3 message, at the engine
  // that it names; nobody for the others.
  bool hear(std::string_view datagram, const boost::asio::ip::udp::endpoint& from,
            const UsmUser& user, const Allowed& allowed);

 private:
  struct Hooks;
  void take(snmp_session& session, snmp_pdu& pdu);

  void* session_ = nullptr;  // net-snmp's struct session_list
  std::string_view datagram_{};
  boost::asio::ip::udp::endpoint from_{};
  const Allowed* allowed_ = nullptr;
  int fd_;
  bool taken_ = false;
};

}  // namespace nightwatt::io
