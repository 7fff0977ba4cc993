#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "base/error.h"
#include "model/endpoint.h"

// A user's keys at one engine, as net-snmp's user-based security model wants them.
//
// net-snmp looks users up by engine and name in one list of the process. Two comm devices that
// reach one agent with different passwords would share whoever came first, and the list is walked
// for every message. Ours stand in the list only while a message of theirs is built or read:
//
//     const UsmUser::Listed listed(user);   // add
//     snmp_sess_async_send(...);            // finds exactly this one
namespace nightwatt::io {

// Master keys: a megabyte of hashing for each password (RFC 3414, section 2.6), some milliseconds,
// therefore once and not once for each agent.
class MasterKeys {
 public:
  // REQUIRES: auth is not none. An error when the library refuses: shorter than 8 bytes.
  expected<std::string, Error> of(SnmpAuth auth, const std::string& password);

 private:
  std::map<std::pair<SnmpAuth, std::string>, std::string> keys_;
};

class UsmUser {
 public:
  // Localises the keys for `engine_id`: a few microseconds.
  static expected<UsmUser, Error> make(const SnmpAgent& user, std::string_view engine_id,
                                       MasterKeys& keys);
  UsmUser() = default;  // nobody
  explicit operator bool() const { return record_ != nullptr; }

  class Listed {
   public:
    explicit Listed(const UsmUser& user);  // nobody: does nothing
    ~Listed();
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;

   private:
    void* record_;
  };

 private:
  struct Free {
    void operator()(void* record) const;
  };
  std::unique_ptr<void, Free> record_{};  // a struct usmUser
};

}  // namespace nightwatt::io
