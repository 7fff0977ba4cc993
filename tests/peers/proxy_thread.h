#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

struct pollfd;

// What both fault proxies are made of: loopback sockets, and a thread that turns until it is ended.
namespace nightwatt::peers {

using ProxyClock = std::chrono::steady_clock;

// Non-blocking, close-on-exec. `type` is SOCK_STREAM or SOCK_DGRAM. The port must be free.
int bound_socket(int type, std::uint16_t port);
// Connected to a loopback port; -1: nobody is there.
int connected_socket(int type, std::uint16_t port);

class ProxyThread {
 public:
  ProxyThread();
  ~ProxyThread();
  ProxyThread(const ProxyThread&) = delete;
  ProxyThread& operator=(const ProxyThread&) = delete;

  void run(std::function<void()> turn);  // again and again, until end()
  void end();                            // returns when the last turn has returned
  void wake() const;                     // sleep() returns

  // For a turn: waits until one of these has news, `until` has come, or somebody woke us.
  void sleep(std::vector<pollfd>& sockets, std::optional<ProxyClock::time_point> until) const;

 private:
  int wake_ = -1;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace nightwatt::peers
