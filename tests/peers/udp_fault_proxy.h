#pragma once

#include <netinet/in.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "tests/peers/proxy_thread.h"

// A UDP proxy on loopback between clients and a real server, with faults that a test switches while
// it runs. Each client has a socket of its own towards the server. All calls may come from any
// thread; what is drawn comes from the seed, in the order in which datagrams come.
namespace nightwatt::peers {

struct UdpFaults {
  std::chrono::milliseconds to_server{0};  // latency of each direction
  std::chrono::milliseconds to_client{0};
  double loss_to_server = 0;  // shares, 0 to 1
  double loss_to_client = 0;
  double twice = 0;  // of the replies: delivered a second time at once
  double late = 0;   // of the replies: `late_by` later than the others, and so behind them
  std::chrono::milliseconds late_by{0};
  double corrupt = 0;                               // of the replies: one byte is changed
  std::optional<std::size_t> cut_at{};              // replies have so many bytes at most
  bool mute = false;                                // everything is swallowed, either way
  std::function<void(std::string& reply)> alter{};  // on the proxy's thread
};

class UdpFaultProxy {
 public:
  struct Counts {
    int to_server = 0;  // datagrams delivered
    int to_client = 0;
    int lost = 0;
    int spoilt = 0;  // altered, corrupted or cut
    int late = 0;
    int twice = 0;
  };

  explicit UdpFaultProxy(std::uint16_t server, std::uint64_t seed = 1);
  ~UdpFaultProxy();
  UdpFaultProxy(const UdpFaultProxy&) = delete;
  UdpFaultProxy& operator=(const UdpFaultProxy&) = delete;

  std::uint16_t port() const { return port_; }

  void set(UdpFaults faults);
  void heal() { set({}); }
  void refuse(bool on);  // nobody on the port: clients get an ICMP message from the kernel
  Counts counts() const;

 private:
  using Client = std::uint16_t;  // its port on loopback
  struct Delivery {
    Client client;
    bool to_client;
    std::string bytes;
  };

  void turn();
  void listen_as_told();
  void take_requests(ProxyClock::time_point now);
  void take_replies(Client client, int server, ProxyClock::time_point now);
  void send_back(Client client, std::string reply, ProxyClock::time_point now);
  void deliver(ProxyClock::time_point now);
  bool drawn(double share);
  int server_of(Client client);
  void forget_clients();

  const std::uint16_t server_;
  const std::uint16_t port_;
  mutable std::mutex lock_;  // all below
  UdpFaults faults_{};
  Counts counts_{};
  int socket_ = -1;
  bool refuse_ = false;
  std::condition_variable obeyed_{};
  std::map<Client, int> servers_{};
  std::multimap<ProxyClock::time_point, Delivery> waiting_{};
  std::mt19937_64 draw_;
  ProxyThread thread_;
};

}  // namespace nightwatt::peers
