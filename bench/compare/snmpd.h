#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "bench/compare/sites.h"

// Debian's snmpd as the agent of a row: one process that answers for all of 127.0.0.0/8.
namespace nightwatt::bench {

class Snmpd {
 public:
  static bool installed();

  explicit Snmpd(bool v3);
  ~Snmpd();
  Snmpd(const Snmpd&) = delete;
  Snmpd& operator=(const Snmpd&) = delete;

  std::uint16_t port() const { return site_.port; }
  // Messages that it got from others: snmpInPkts without those that ask for it.
  std::uint64_t messages() const;

 private:
  SnmpSite site_{};
  std::string folder_;
  pid_t pid_ = -1;
  int socket_ = -1;
  mutable std::uint64_t asked_ = 0;
};

}  // namespace nightwatt::bench
