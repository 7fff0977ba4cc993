#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/peers/temp_dir.h"

// A real snmpd (Debian's net-snmp agent) on loopback that serves what a test wants of the UPS-MIB.
//
// It is started and ended by its process id, keeps its files in a folder of the test's own and dies
// with the test.
namespace nightwatt::peers {

class RealSnmpd {
 public:
  struct Object {
    std::string oid;   // "1.3.6.1.2.1.33.1.2.4.0"
    std::string type;  // snmpd.conf(5), override: integer, octet_str, counter, ...
    std::string value;
    bool writable = false;
  };
  struct Settings {
    std::vector<Object> objects = ups();
    // createUser and access lines, one user each: "u SHA-256 authpass123 AES privpass123".
    std::vector<std::string> users{"both SHA-256 authpass123 AES privpass123",
                                   "auth SHA-256 authpass123", "nobody"};
    std::string engine_id = "80001f8804756e6974";  // hex
    std::uint16_t port = 0;                        // 0: a free one
    std::string listen_also{};  // an address beside 127.0.0.1; everybody may read then
  };
  // Charge 87 %, on mains, 1800 s, 27.3 V; the shutdown delay can be written.
  static std::vector<Object> ups();

  // Empty when a real snmpd can be run here; else why not, for GTEST_SKIP.
  static std::string missing();

  // Communities: "public" reads, "private" writes. Returns when it answers; aborts the test program
  // when that does not happen in ten seconds: the log is printed.
  RealSnmpd();
  explicit RealSnmpd(Settings settings);
  ~RealSnmpd();
  RealSnmpd(const RealSnmpd&) = delete;
  RealSnmpd& operator=(const RealSnmpd&) = delete;

  std::uint16_t port() const { return settings_.port; }  // the same after a restart

  void hang();   // SIGSTOP
  void go_on();  // SIGCONT
  void kill();   // SIGKILL: nobody on the port
  void start();  // after kill()
  // As after a firmware update or an exchanged card. It has lost its boot count.
  void restart_as(std::string engine_id);
  void restart();  // the same engine, one boot more

 private:
  void write_files();
  bool answers() const;

  Settings settings_;
  TempDir folder_;
  pid_t pid_ = 0;
  bool hanging_ = false;
};

// Runs one of net-snmp's tools ("snmptrap", "snmpinform") without its configuration and returns its
// exit status.
int run_snmp_tool(const std::vector<std::string>& words);

}  // namespace nightwatt::peers
