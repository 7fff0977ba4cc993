#include "io/snmp/trap_session.h"

// clang-format off: the order matters to net-snmp
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/library/snmp_transport.h>
// clang-format on
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "io/snmp/net_snmp.h"
#include "wire/snmp/limits.h"

#undef min
#undef max

namespace nightwatt::io {
namespace {

constexpr int nominal_fd = 0;  // as in snmp_session.cc
const oid udp_domain[] = {1, 3, 6, 1, 6, 1, 1};

bool is_notification(const snmp_pdu& pdu) {
  return pdu.command == SNMP_MSG_TRAP || pdu.command == SNMP_MSG_TRAP2 ||
         pdu.command == SNMP_MSG_INFORM;
}

}  // namespace

struct TrapSession::Hooks {
  static TrapSession& of(netsnmp_transport* transport) {
    return **static_cast<TrapSession**>(transport->data);
  }
  static int receive(netsnmp_transport* transport, void* into, int size, void** opaque,
                     int* opaque_size) {
    *opaque = nullptr;
    *opaque_size = 0;
    const auto datagram = of(transport).datagram_.substr(0, static_cast<std::size_t>(size));
    std::memcpy(into, datagram.data(), datagram.size());
    return static_cast<int>(datagram.size());
  }
  // Acknowledgements and reports: to whom we are just listening.
  static int transmit(netsnmp_transport* transport, const void* data, int size, void**, int*) {
    const TrapSession& self = of(transport);
    const auto sent = ::sendto(self.fd_, data, static_cast<std::size_t>(size), MSG_NOSIGNAL,
                               self.from_.data(), static_cast<socklen_t>(self.from_.size()));
    return static_cast<int>(sent);
  }
  static int close(netsnmp_transport*) { return 0; }
  static int event(int operation, snmp_session* session, int, snmp_pdu* pdu, void* magic) {
    if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || pdu == nullptr) return 1;
    static_cast<TrapSession*>(magic)->take(*session, *pdu);
    return 1;
  }
};

TrapSession::TrapSession(int fd) : fd_(fd) {
  prepare_net_snmp();
  auto* const transport =
      static_cast<netsnmp_transport*>(std::calloc(1, sizeof(netsnmp_transport)));
  auto* const pointer = static_cast<TrapSession**>(std::malloc(sizeof(TrapSession*)));
  NW_CHECK(transport != nullptr && pointer != nullptr);
  *pointer = this;
  transport->domain = udp_domain;
  transport->domain_length = OID_LENGTH(udp_domain);
  transport->sock = nominal_fd;
  transport->msgMaxSize = wire::snmp::message_bytes_max;
  transport->f_recv = Hooks::receive;
  transport->f_send = Hooks::transmit;
  transport->f_close = Hooks::close;
  transport->data = pointer;  // net-snmp frees it
  transport->data_length = sizeof(TrapSession*);

  snmp_session wanted;
  snmp_sess_init(&wanted);
  wanted.version = SNMP_DEFAULT_VERSION;  // each message says its own
  wanted.retries = 0;
  wanted.timeout = 1;
  wanted.callback = Hooks::event;
  wanted.callback_magic = this;
  wanted.flags |= SNMP_FLAGS_DONT_PROBE;
  // Of informs we are the authoritative engine, of traps the sender is: the message's flag tells.
  wanted.isAuthoritative = SNMP_SESS_UNKNOWNAUTH;
  session_ = snmp_sess_add(&wanted, transport, nullptr, nullptr);
  NW_CHECK(session_ != nullptr);
  snmp_sess_session(session_)->flags |= SNMP_FLAGS_DONT_PROBE;
}

TrapSession::~TrapSession() { snmp_sess_close(session_); }

bool TrapSession::hear(std::string_view datagram, const boost::asio::ip::udp::endpoint& from,
                       const UsmUser& user, const Allowed& allowed) {
  datagram_ = datagram;
  from_ = from;
  allowed_ = &allowed;
  taken_ = false;
  netsnmp_large_fd_set readable;
  netsnmp_large_fd_set_init(&readable, FD_SETSIZE);
  NETSNMP_LARGE_FD_SET(nominal_fd, &readable);
  const UsmUser::Listed listed(user);
  snmp_sess_read2(session_, &readable);
  netsnmp_large_fd_set_cleanup(&readable);
  datagram_ = {};
  allowed_ = nullptr;
  return taken_;
}

void TrapSession::take(snmp_session& session, snmp_pdu& pdu) {
  // net-snmp calls us for a wrong digest too, with this error.
  if (session.s_snmp_errno != SNMPERR_SUCCESS || !is_notification(pdu)) return;
  const bool v3 = pdu.version == SNMP_VERSION_3;
  const std::string_view community(reinterpret_cast<const char*>(pdu.community),
                                   pdu.community == nullptr ? 0 : pdu.community_len);
  if (!(*allowed_)(v3 ? std::string_view() : community, v3 ? pdu.securityLevel : 0)) return;
  taken_ = true;
  if (pdu.command != SNMP_MSG_INFORM) return;
  snmp_pdu* const reply = snmp_clone_pdu(&pdu);
  if (reply == nullptr) return;
  reply->command = SNMP_MSG_RESPONSE;
  reply->errstat = 0;
  reply->errindex = 0;
  if (snmp_sess_send(session_, reply) == 0) snmp_free_pdu(reply);
}

}  // namespace nightwatt::io
