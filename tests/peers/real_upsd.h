#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// A real upsd (Debian's nut-server) on loopback, with drivers that live in the test.
//
//     test ── set("ups1", "ups.status", "OB") ──► driver (a thread here) ──AF_UNIX──► upsd ◄──TCP──
//     what is tested
//
// The drivers speak upsd's driver protocol, so a change is seen by clients within a millisecond and
// no dummy-ups has to be waited for. upsd is started and ended by its process id, keeps its files
// in a short temporary folder (socket names have 107 bytes at most) and dies with the test.
namespace nightwatt::peers {

class RealUpsd {
 public:
  struct Settings {
    std::vector<std::string> upses{"ups1"};
    std::string username = "mon";  // may LOGIN (upsmon secondary)
    std::string password = "monpw";
    int max_age_s = 15;                      // MAXAGE: a driver that is silent for longer is stale
    std::uint16_t port = 0;                  // 0: a free one
    std::vector<std::string> listen_also{};  // addresses beside 127.0.0.1
  };

  // Empty when a real upsd can be run here; else why not, for GTEST_SKIP.
  static std::string missing();

  // Starts the drivers and upsd, and returns when upsd serves every UPS. Aborts the test program
  // when that does not happen in ten seconds: the log is printed.
  RealUpsd();
  explicit RealUpsd(Settings settings);
  ~RealUpsd();
  RealUpsd(const RealUpsd&) = delete;
  RealUpsd& operator=(const RealUpsd&) = delete;

  std::uint16_t port() const { return settings_.port; }  // the same after a restart
  pid_t pid() const { return pid_; }                     // 0: not running
  const std::string& folder() const { return folder_; }

  // --- the UPSes: each call returns when upsd's clients see the change (at once while upsd hangs
  // or is down) ---
  void set(const std::string& ups, const std::string& variable, const std::string& value);
  void remove(const std::string& ups, const std::string& variable);
  void set_stale(const std::string& ups, bool stale);  // DATASTALE / DATAOK from the driver
  void stop_driver(const std::string& ups);            // DRIVER-NOT-CONNECTED
  void start_driver(const std::string& ups);           // upsd looks again within two seconds
  // Orders (FakeDrivers has the words). User "admin" with "adminpw" may give them all, "mute" with
  // "mutepw" only beeper.mute. Returns when upsd knows of them.
  void take_orders(const std::string& ups, int code = 0);
  std::vector<std::string> orders(const std::string& ups) const;
  void finish_order(const std::string& ups, int code);

  // --- upsd itself ---
  void hang();       // SIGSTOP
  void go_on();      // SIGCONT
  void kill();       // SIGKILL: connections are reset, the port refuses
  void terminate();  // SIGTERM
  void start();      // after kill() or terminate(); returns when every running driver is served
  void restart() {
    kill();
    start();
  }

  // upsd's first line of reply to a request line, on a connection of its own.
  std::string ask(std::string_view request) const;

 private:
  class Drivers;
  void write_files() const;
  void spawn();
  void wait_served();
  void end(int signal);
  void await(std::string_view request, std::string_view reply_start, bool wanted = true) const;

  Settings settings_;
  std::string folder_;
  std::unique_ptr<Drivers> drivers_;
  pid_t pid_ = 0;
  bool hanging_ = false;
};

}  // namespace nightwatt::peers
