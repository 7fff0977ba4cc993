#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace nightwatt::peers {

// NUT drivers in this process: one listening AF_UNIX socket for each UPS, served by one thread.
// Thread-safe.
class FakeDrivers {
 public:
  // `folder`: upsd's state path, where it looks for "dummy-ups-<ups>".
  FakeDrivers(std::string folder, const std::vector<std::string>& upses);
  ~FakeDrivers();
  FakeDrivers(const FakeDrivers&) = delete;
  FakeDrivers& operator=(const FakeDrivers&) = delete;

  // From now on the UPS takes orders: the commands test.battery.start,
  // beeper.mute and load.off; writes of ups.delay.shutdown (8 characters) and input.sensitivity
  // (one of low, high). Each is answered with `code` of upsd's driver protocol (0 success, 1
  // unknown, 2 invalid, 3 failed), or with nothing when that is negative.
  void take_orders(const std::string& ups, int code);
  // "INSTCMD load.off 120", "SET ups.delay.shutdown \"30\"": as upsd passed them on.
  std::vector<std::string> orders(const std::string& ups);
  // Answers the newest order that was left without an answer.
  void finish_order(const std::string& ups, int code);

  void set(const std::string& ups, const std::string& variable, const std::string& value);
  void remove(const std::string& ups, const std::string& variable);
  void set_stale(const std::string& ups, bool stale);
  void stop(const std::string& ups);
  void start(const std::string& ups);
  bool running(const std::string& ups);

 private:
  struct Driver {
    std::map<std::string, std::string> variables{};
    int listener = -1;
    std::vector<int> connections{};
    bool stale = false;
    bool takes_orders = false;
    int order_code = 0;
    std::vector<std::string> orders{};
    std::string newest_id{};
  };
  void listen(const std::string& ups, Driver& driver);
  void serve();
  void serve_once(std::vector<char>& buffer);
  static bool answer(Driver& driver, int connection, std::string_view request);
  static std::string order_answer(const Driver& driver, int code);
  static void take_order(Driver& driver, int connection, std::string_view line);
  static void tell(const Driver& driver, const std::string& line);
  void wake() const;

  std::string folder_;
  std::mutex mutex_;
  std::map<std::string, Driver> drivers_;
  int wake_read_ = -1;
  int wake_write_ = -1;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace nightwatt::peers
