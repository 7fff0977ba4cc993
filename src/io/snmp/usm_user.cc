#include "io/snmp/usm_user.h"

// clang-format off: the order matters to net-snmp
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/snmpusm.h>
// clang-format on

#include <cstdlib>
#include <cstring>
#include <span>

#include "io/snmp/net_snmp.h"

namespace nightwatt::io {
namespace {

std::span<const oid> oid_of(SnmpAuth auth) {
  switch (auth) {
    case SnmpAuth::none: return usmNoAuthProtocol;
    case SnmpAuth::md5: return usmHMACMD5AuthProtocol;
    case SnmpAuth::sha1: return usmHMACSHA1AuthProtocol;
    case SnmpAuth::sha224: return usmHMAC128SHA224AuthProtocol;
    case SnmpAuth::sha256: return usmHMAC192SHA256AuthProtocol;
    case SnmpAuth::sha384: return usmHMAC256SHA384AuthProtocol;
    case SnmpAuth::sha512: return usmHMAC384SHA512AuthProtocol;
  }
  return usmNoAuthProtocol;
}

std::span<const oid> oid_of(SnmpPrivacy privacy) {
  switch (privacy) {
    case SnmpPrivacy::none: return usmNoPrivProtocol;
    case SnmpPrivacy::des: return usmDESPrivProtocol;
    case SnmpPrivacy::aes128: return usmAESPrivProtocol;
    case SnmpPrivacy::aes192: return usmAES192PrivProtocol;
    case SnmpPrivacy::aes256: return usmAES256PrivProtocol;
  }
  return usmNoPrivProtocol;
}

void copy_oid(std::span<const oid> from, oid*& to, std::size_t& size) {
  to = snmp_duplicate_objid(from.data(), from.size());
  size = from.size();
}

u_char* bytes(const std::string& text) {
  return reinterpret_cast<u_char*>(const_cast<char*>(text.data()));
}

// The key of one password at the record's engine.
expected<void, Error> localise(const SnmpAgent& user, const std::string& password, usmUser& record,
                               u_char*& key, std::size_t& size, MasterKeys& keys) {
  const auto master = keys.of(user.auth, password);
  if (!master) return fail(master.error().code, master.error().what);
  size = USM_LENGTH_KU_HASHBLOCK;
  key = static_cast<u_char*>(std::calloc(1, size));
  if (generate_kul(record.authProtocol, static_cast<u_int>(record.authProtocolLen), record.engineID,
                   static_cast<u_int>(record.engineIDLen), bytes(*master), master->size(), key,
                   &size) != SNMPERR_SUCCESS) {
    return fail(Errc::unauthorised, "the key of user '" + user.user + "' cannot be made");
  }
  return {};
}

}  // namespace

expected<std::string, Error> MasterKeys::of(SnmpAuth auth, const std::string& password) {
  const auto known = keys_.find({auth, password});
  if (known != keys_.end()) return known->second;
  prepare_net_snmp();
  u_char key[USM_LENGTH_KU_HASHBLOCK];
  std::size_t size = sizeof key;
  const auto protocol = oid_of(auth);
  if (generate_Ku(protocol.data(), static_cast<u_int>(protocol.size()), bytes(password),
                  password.size(), key, &size) != SNMPERR_SUCCESS) {
    return fail(Errc::unauthorised, "the password has fewer than 8 bytes (RFC 3414, section 11.2)");
  }
  std::string made(reinterpret_cast<const char*>(key), size);
  return keys_.emplace(std::pair(auth, password), std::move(made)).first->second;
}

expected<UsmUser, Error> UsmUser::make(const SnmpAgent& user, std::string_view engine_id,
                                       MasterKeys& keys) {
  prepare_net_snmp();
  UsmUser made;
  auto* const record = static_cast<usmUser*>(std::calloc(1, sizeof(usmUser)));
  made.record_.reset(record);
  record->name = ::strdup(user.user.c_str());
  record->secName = ::strdup(user.user.c_str());
  record->engineID = static_cast<u_char*>(std::malloc(engine_id.size() + 1));
  std::memcpy(record->engineID, engine_id.data(), engine_id.size());
  record->engineIDLen = engine_id.size();
  copy_oid(oid_of(user.auth), record->authProtocol, record->authProtocolLen);
  copy_oid(oid_of(user.privacy), record->privProtocol, record->privProtocolLen);
  record->userStatus = SNMP_ROW_ACTIVE;
  record->userStorageType = ST_READONLY;
  if (user.auth == SnmpAuth::none) return made;

  const auto authentic =
      localise(user, user.auth_password, *record, record->authKey, record->authKeyLen, keys);
  if (!authentic) return fail(authentic.error().code, authentic.error().what);
  if (user.privacy == SnmpPrivacy::none) return made;
  const auto priv =
      localise(user, user.privacy_password, *record, record->privKey, record->privKeyLen, keys);
  if (!priv) return fail(priv.error().code, priv.error().what);
  if (usm_extend_user_kul(record, USM_LENGTH_KU_HASHBLOCK) != SNMPERR_SUCCESS) {
    return fail(Errc::unauthorised, "the privacy key of user '" + user.user + "' cannot be made");
  }
  return made;
}

UsmUser::Listed::Listed(const UsmUser& user) : record_(user.record_.get()) {
  if (record_ != nullptr) usm_add_user(static_cast<usmUser*>(record_));
}

UsmUser::Listed::~Listed() {
  if (record_ == nullptr) return;
  auto* const record = static_cast<usmUser*>(record_);
  usm_remove_user(record);
  record->next = nullptr;
  record->prev = nullptr;
}

void UsmUser::Free::operator()(void* record) const { usm_free_user(static_cast<usmUser*>(record)); }

}  // namespace nightwatt::io
