#include "io/snmp/snmp_session.h"

// clang-format off: the order matters to net-snmp
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/library/snmp_transport.h>
// clang-format on
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "io/snmp/net_snmp.h"

#undef min
#undef max

namespace nightwatt::io {
namespace {

using wire::snmp::PduType;

// A number for net-snmp's set of readable descriptors. Our transport ignores it: no descriptor of
// ours, however large, ever stands in an fd_set.
constexpr int nominal_fd = 0;
const oid udp_domain[] = {1, 3, 6, 1, 6, 1, 1};  // snmpUDPDomain, RFC 3417

long version_of(SnmpVersion version) {
  switch (version) {
    case SnmpVersion::v1: return SNMP_VERSION_1;
    case SnmpVersion::v2c: return SNMP_VERSION_2c;
    case SnmpVersion::v3: return SNMP_VERSION_3;
  }
  return SNMP_VERSION_2c;
}

int level_of(const SnmpAgent& agent) {
  if (agent.auth == SnmpAuth::none) return SNMP_SEC_LEVEL_NOAUTH;
  if (agent.privacy == SnmpPrivacy::none) return SNMP_SEC_LEVEL_AUTHNOPRIV;
  return SNMP_SEC_LEVEL_AUTHPRIV;
}

SnmpReport report_of(snmp_pdu& pdu) {
  if (pdu.command != SNMP_MSG_REPORT) return SnmpReport::none;
  switch (snmpv3_get_report_type(&pdu)) {
    case SNMPERR_UNKNOWN_ENG_ID: return SnmpReport::unknown_engine;
    case SNMPERR_NOT_IN_TIME_WINDOW: return SnmpReport::not_in_time_window;
    case SNMPERR_UNKNOWN_USER_NAME: return SnmpReport::unknown_user;
    case SNMPERR_AUTHENTICATION_FAILURE: return SnmpReport::wrong_digest;
    case SNMPERR_DECRYPTION_ERR: return SnmpReport::decryption_error;
    case SNMPERR_UNSUPPORTED_SEC_LEVEL: return SnmpReport::unsupported_level;
    case SNMPERR_BAD_CONTEXT: return SnmpReport::unknown_context;
    default: return SnmpReport::other;
  }
}

char* text(const std::string& from) { return const_cast<char*>(from.c_str()); }

// net-snmp copies all of it.
void describe(const SnmpAgent& agent, snmp_session& session) {
  snmp_sess_init(&session);
  session.version = version_of(agent.version);
  session.retries = 0;
  session.timeout = 1;  // microseconds: whenever we ask, an open request is an expired one
  if (agent.version != SnmpVersion::v3) {
    session.community = reinterpret_cast<u_char*>(text(agent.community));
    session.community_len = agent.community.size();
    return;
  }
  session.flags |= SNMP_FLAGS_DONT_PROBE | SNMP_FLAGS_USER_CREATED;
  session.securityModel = SNMP_SEC_MODEL_USM;
  session.securityName = text(agent.user);
  session.securityNameLen = agent.user.size();
  session.securityLevel = level_of(agent);
  session.contextName = text(agent.context);
  session.contextNameLen = agent.context.size();
}

}  // namespace

struct SnmpSession::Hooks {
  static SnmpSession& of(netsnmp_transport* transport) {
    return **static_cast<SnmpSession**>(transport->data);
  }
  static int receive(netsnmp_transport* transport, void* into, int size, void** opaque,
                     int* opaque_size) {
    *opaque = nullptr;
    *opaque_size = 0;
    const std::string_view datagram = of(transport).datagram_.substr(0, static_cast<size_t>(size));
    std::memcpy(into, datagram.data(), datagram.size());
    return static_cast<int>(datagram.size());
  }
  static int transmit(netsnmp_transport* transport, const void* data, int size, void**, int*) {
    SnmpSession& self = of(transport);
    const auto bytes = static_cast<std::size_t>(size);
    ssize_t sent = ::send(self.fd_, data, bytes, MSG_NOSIGNAL);
    // The first send after a refused one tells that one's error and sends nothing.
    if (sent < 0 && errno == ECONNREFUSED) sent = ::send(self.fd_, data, bytes, MSG_NOSIGNAL);
    self.send_error_ = sent < 0 ? errno : 0;
    if (sent > 0) self.bytes_sent_ += static_cast<std::size_t>(sent);
    return static_cast<int>(sent);
  }
  static int close(netsnmp_transport*) { return 0; }

  static int event(int operation, snmp_session*, int, snmp_pdu* pdu, void* magic) {
    SnmpSession& self = *static_cast<SnmpSession*>(magic);
    if (operation == NETSNMP_CALLBACK_OP_RESEND) self.repeated_ = true;
    if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || pdu == nullptr) return 1;
    self.answered_ = true;
    self.answer_ = {
        .report = report_of(*pdu), .error_status = pdu->errstat, .error_index = pdu->errindex};
    for (const variable_list* v = pdu->variables; v != nullptr; v = v->next_variable) {
      if (self.answer_.varbinds.size() == wire::snmp::varbinds_max) break;
      self.answer_.varbinds.push_back({name_of(*v), value_of(*v)});
    }
    return 1;
  }

  static netsnmp_transport* make(SnmpSession& self) {
    auto* const transport =
        static_cast<netsnmp_transport*>(std::calloc(1, sizeof(netsnmp_transport)));
    NW_CHECK(transport != nullptr);
    transport->domain = udp_domain;
    transport->domain_length = OID_LENGTH(udp_domain);
    transport->sock = nominal_fd;
    transport->msgMaxSize = wire::snmp::message_bytes_max;
    transport->f_recv = receive;
    transport->f_send = transmit;
    transport->f_close = close;
    auto* const pointer = static_cast<SnmpSession**>(std::malloc(sizeof(SnmpSession*)));
    NW_CHECK(pointer != nullptr);
    *pointer = &self;
    transport->data = pointer;  // net-snmp frees it
    transport->data_length = sizeof(SnmpSession*);
    return transport;
  }
};

SnmpSession::SnmpSession(const SnmpAgent& agent, int fd, MasterKeys& keys) : keys_(keys), fd_(fd) {
  prepare_net_snmp();
  snmp_session wanted;
  describe(agent, wanted);
  session_ = snmp_sess_add(&wanted, Hooks::make(*this), nullptr, nullptr);
  NW_CHECK(session_ != nullptr);
  // snmp_sess_add() takes this flag away, and then the first request would probe and block.
  snmp_sess_session(session_)->flags |= SNMP_FLAGS_DONT_PROBE;
}

SnmpSession::~SnmpSession() { snmp_sess_close(session_); }

bool SnmpSession::engine_known() const {
  return snmp_sess_session(session_)->version != SNMP_VERSION_3 || static_cast<bool>(user_);
}

std::string SnmpSession::engine_id() const {
  const snmp_session& session = *snmp_sess_session(session_);
  return {reinterpret_cast<const char*>(session.securityEngineID), session.securityEngineIDLen};
}

std::string SnmpSession::adopt_engine(const SnmpAgent& user) {
  const std::string id = engine_id();
  if (id.size() < wire::snmp::engine_id_bytes_min || id.size() > wire::snmp::engine_id_bytes_max) {
    return "the agent gave no usable engine id (" + std::to_string(id.size()) + " bytes)";
  }
  auto made = UsmUser::make(user, id, keys_);
  if (!made) return made.error().what;
  user_ = std::move(*made);
  return {};
}

void SnmpSession::forget_engine() {
  io::forget_engine(engine_id());
  snmp_session& session = *snmp_sess_session(session_);
  SNMP_FREE(session.securityEngineID);
  SNMP_FREE(session.contextEngineID);
  session.securityEngineIDLen = 0;
  session.contextEngineIDLen = 0;
  user_ = {};
}

// RFC 3414, section 4: a request without user, engine and variables is answered with a report that
// names the engine.
SnmpSession::Sent SnmpSession::discover() {
  snmp_pdu* const pdu = snmp_pdu_create(SNMP_MSG_GET);
  pdu->version = SNMP_VERSION_3;
  pdu->securityName = ::strdup("");
  pdu->securityNameLen = 0;
  pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
  pdu->securityModel = SNMP_SEC_MODEL_USM;
  return send(pdu);
}

SnmpSession::Sent SnmpSession::ask(PduType type, const std::vector<wire::snmp::Varbind>& varbinds) {
  NW_CHECK(engine_known());
  snmp_pdu* const pdu = snmp_pdu_create(static_cast<int>(type));
  for (const auto& [name, value] : varbinds) {
    if (add_variable(*pdu, name, value)) continue;
    snmp_free_pdu(pdu);
    return {0, std::string("a value of type ") + std::string(to_string(value.kind)) +
                   " cannot be sent"};
  }
  return send(pdu);
}

SnmpSession::Sent SnmpSession::send(snmp_pdu* pdu) {
  forget_request();
  send_error_ = 0;
  const UsmUser::Listed listed(user_);
  if (snmp_sess_async_send(session_, pdu, Hooks::event, this) != 0) return {};
  snmp_free_pdu(pdu);
  if (send_error_ != 0) return {send_error_, {}};
  const snmp_session& session = *snmp_sess_session(session_);
  return {0, std::string("cannot be sent: ") + snmp_api_errstring(session.s_snmp_errno)};
}

// With a time-out of nothing and no retries, this ends every open request.
void SnmpSession::forget_request() {
  const UsmUser::Listed listed(user_);
  snmp_sess_timeout(session_);
}

// An agent whose engine id has changed reports "unknown engine" in the name of its new engine and
// of our user. Nobody of that name is known there, so net-snmp would drop the report: the user
// stands in the list for its sake, without keys, which is all that a report has.
UsmUser SnmpSession::user_of_another_engine(std::string_view datagram) const {
  if (!user_) return {};
  const auto sender = wire::snmp::peek_sender(datagram);
  if (!sender || sender->user.empty() || sender->engine_id == engine_id()) return {};
  auto made = UsmUser::make({.user = sender->user}, sender->engine_id, keys_);
  return made ? std::move(*made) : UsmUser();
}

SnmpSession::Heard SnmpSession::hear(std::string_view datagram) {
  datagram_ = datagram;
  answered_ = false;
  repeated_ = false;
  netsnmp_large_fd_set readable;
  netsnmp_large_fd_set_init(&readable, FD_SETSIZE);
  NETSNMP_LARGE_FD_SET(nominal_fd, &readable);
  const UsmUser::Listed listed(user_);
  const UsmUser stranger = user_of_another_engine(datagram);
  const UsmUser::Listed also_listed(stranger);
  const int result = snmp_sess_read2(session_, &readable);
  netsnmp_large_fd_set_cleanup(&readable);
  datagram_ = {};
  if (answered_) return Heard::answer;
  if (repeated_) return Heard::asked_again;
  if (result == 0 || snmp_sess_session(session_)->version == SNMP_VERSION_3) return Heard::nothing;
  return Heard::garbage;
}

}  // namespace nightwatt::io
