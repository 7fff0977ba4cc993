#include "io/snmp/net_snmp.h"

// clang-format off: the order matters to net-snmp
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/lcd_time.h>
// clang-format on
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#undef min
#undef max

namespace nightwatt::io {

using wire::snmp::Value;
using wire::snmp::ValueKind;

namespace {

// What init_snmp() would do without reading configuration files and MIBs and without changing the
// process's locale.
bool initialise() {
  netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
  for (const int off :
       {NETSNMP_DS_LIB_DONT_READ_CONFIGS, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD,
        NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, NETSNMP_DS_LIB_DONT_PERSIST_STATE}) {
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, off, 1);
  }
  netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_APPTYPE, "nightwatt");
  netsnmp_container_init_list();
  init_callbacks();
  init_snmp_logging();
  snmp_init_statistics();
  init_snmp_transport();
  init_snmpv3("nightwatt");

  char host[24] = "";  // an engine id has 32 bytes, ours begins with 15 others
  ::gethostname(host, 17);
  host[17] = '\0';
  const std::string text = std::string("nightwatt-") + host;
  setup_engineID(nullptr, text.c_str());
  snmp_call_callbacks(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_PREMIB_READ_CONFIG, nullptr);
  snmp_call_callbacks(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_READ_CONFIG, nullptr);
  using std::chrono::system_clock;
  const auto boots =
      std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch());
  char word[] = "engineBoots";
  std::string count = std::to_string(std::clamp<std::int64_t>(boots.count(), 1, 2'147'483'000));
  engineBoots_conf(word, count.data());
  const std::string id = own_engine_id();
  set_enginetime(reinterpret_cast<const u_char*>(id.data()), static_cast<u_int>(id.size()),
                 static_cast<u_int>(snmpv3_local_snmpEngineBoots()),
                 static_cast<u_int>(snmpv3_local_snmpEngineTime()), TRUE);
  return true;
}

template <class T>
std::string_view bytes_of(const T* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), data == nullptr ? 0 : size};
}

Value unsigned_value(ValueKind kind, const variable_list& variable) {
  return {.kind = kind,
          .integer = static_cast<std::int64_t>(static_cast<std::uint32_t>(*variable.val.integer))};
}

Value counter64_value(const variable_list& variable) {
  const counter64& parts = *variable.val.counter64;
  return {.kind = ValueKind::counter64,
          .counter = std::uint64_t{static_cast<std::uint32_t>(parts.high)} << 32 |
                     static_cast<std::uint32_t>(parts.low)};
}

Value octets_of(ValueKind kind, const variable_list& variable) {
  return {.kind = kind, .octets = std::string(bytes_of(variable.val.string, variable.val_len))};
}

wire::snmp::Oid oid_of(const oid* parts, std::size_t count) {
  wire::snmp::Oid name;
  name.reserve(count);
  for (std::size_t i = 0; i < count; ++i) name.push_back(static_cast<std::uint32_t>(parts[i]));
  return name;
}

}  // namespace

void prepare_net_snmp() { [[maybe_unused]] static const bool done = initialise(); }

std::string own_engine_id() {
  u_char id[64];
  const std::size_t size = snmpv3_get_engineID(id, sizeof id);
  return std::string(bytes_of(id, size));
}

Value value_of(const variable_list& variable) {
  switch (variable.type) {
    case ASN_INTEGER: return wire::snmp::integer_value(*variable.val.integer);
    case ASN_COUNTER: return unsigned_value(ValueKind::counter, variable);
    case ASN_GAUGE: return unsigned_value(ValueKind::gauge, variable);
    case ASN_TIMETICKS: return unsigned_value(ValueKind::ticks, variable);
    case ASN_COUNTER64: return counter64_value(variable);
    case ASN_OCTET_STR: return octets_of(ValueKind::octets, variable);
    case ASN_IPADDRESS: return octets_of(ValueKind::address, variable);
    case ASN_OPAQUE: return octets_of(ValueKind::opaque, variable);
    case ASN_OBJECT_ID:
      return {.kind = ValueKind::oid,
              .oid = oid_of(variable.val.objid, variable.val_len / sizeof(oid))};
#ifdef NETSNMP_WITH_OPAQUE_SPECIAL_TYPES
    case ASN_OPAQUE_FLOAT:
      return {.kind = ValueKind::real, .real = static_cast<double>(*variable.val.floatVal)};
    case ASN_OPAQUE_DOUBLE: return {.kind = ValueKind::real, .real = *variable.val.doubleVal};
    case ASN_OPAQUE_COUNTER64:
    case ASN_OPAQUE_U64: return counter64_value(variable);
#endif
    case SNMP_NOSUCHOBJECT: return {.kind = ValueKind::no_such_object};
    case SNMP_NOSUCHINSTANCE: return {.kind = ValueKind::no_such_instance};
    case SNMP_ENDOFMIBVIEW: return {.kind = ValueKind::end_of_mib_view};
    case ASN_NULL: return {};
    default: return {.kind = ValueKind::opaque};
  }
}

wire::snmp::Oid name_of(const variable_list& variable) {
  return oid_of(variable.name, variable.name_length);
}

bool add_variable(snmp_pdu& pdu, const wire::snmp::Oid& name, const Value& value) {
  const std::vector<oid> parts(name.begin(), name.end());
  const auto add = [&](u_char type, const void* data, std::size_t size) {
    return snmp_pdu_add_variable(&pdu, parts.data(), parts.size(), type, data, size) != nullptr;
  };
  const long number = value.integer;
  switch (value.kind) {
    case ValueKind::null: return add(ASN_NULL, nullptr, 0);
    case ValueKind::integer: return add(ASN_INTEGER, &number, sizeof number);
    case ValueKind::counter: return add(ASN_COUNTER, &number, sizeof number);
    case ValueKind::gauge: return add(ASN_GAUGE, &number, sizeof number);
    case ValueKind::ticks: return add(ASN_TIMETICKS, &number, sizeof number);
    case ValueKind::octets: return add(ASN_OCTET_STR, value.octets.data(), value.octets.size());
    case ValueKind::address: return add(ASN_IPADDRESS, value.octets.data(), value.octets.size());
    case ValueKind::oid: {
      const std::vector<oid> body(value.oid.begin(), value.oid.end());
      return add(ASN_OBJECT_ID, body.data(), body.size() * sizeof(oid));
    }
    case ValueKind::counter64:
    case ValueKind::real:
    case ValueKind::opaque:
    case ValueKind::no_such_object:
    case ValueKind::no_such_instance:
    case ValueKind::end_of_mib_view: return false;
  }
  return false;
}

void forget_engine(std::string_view engine_id) {
  if (engine_id.empty()) return;
  free_enginetime(reinterpret_cast<unsigned char*>(const_cast<char*>(engine_id.data())),
                  engine_id.size());
}

bool engine_is_known(std::string_view engine_id) {
  return search_enginetime_list(reinterpret_cast<const u_char*>(engine_id.data()),
                                static_cast<u_int>(engine_id.size())) != nullptr;
}

}  // namespace nightwatt::io
