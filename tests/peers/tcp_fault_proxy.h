#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "tests/peers/proxy_thread.h"

// A TCP proxy on loopback between a client and a real server, with faults that a test switches
// while it runs.
//
//     client ──► port() ──[ faults ]──► the server's port
//
// It moves bytes and knows no protocol; a "reply" is what the server says after the client has
// last spoken. All calls may come from any thread; a fault holds for every connection, old and new,
// until it is taken back. On a kernel without netem this is how latency and loss are made.
namespace nightwatt::peers {

enum class CutEnd {
  silence,  // the rest of the reply is swallowed
  close,    // FIN
  reset,    // RST
};

struct TcpFaults {
  std::chrono::milliseconds to_server{0};  // latency of each direction
  std::chrono::milliseconds to_client{0};
  // What is said waits until this ends, as on a line where every segment is lost: TCP loses
  // nothing, it comes late.
  bool stall_to_server = false;
  bool stall_to_client = false;
  std::size_t piece = 0;  // so many bytes at a time to the client; 0: as they come
  std::chrono::milliseconds piece_pause{0};
  std::optional<std::size_t> cut_at{};  // only so many bytes of each reply, and then:
  CutEnd cut_end = CutEnd::silence;
  double corrupt = 0;  // share of the lots read from the server in which one byte is changed
  std::function<void(std::string& lot)> alter{};  // called for each lot, on the proxy's thread
};

class TcpFaultProxy {
 public:
  struct Counts {
    int accepted = 0;
    std::size_t swallowed = 0;  // bytes, either way
    int cut = 0;                // replies
    int altered = 0;            // lots
  };

  // `server`: a loopback port, which need not be served yet. Draws come from `seed`.
  explicit TcpFaultProxy(std::uint16_t server, std::uint64_t seed = 1);
  ~TcpFaultProxy();
  TcpFaultProxy(const TcpFaultProxy&) = delete;
  TcpFaultProxy& operator=(const TcpFaultProxy&) = delete;

  std::uint16_t port() const { return port_; }

  void set(TcpFaults faults);
  void heal() { set({}); }
  // The server has gone and nobody says so: whatever comes is swallowed, connections are taken and
  // never answered. Those that saw it stay dead when it ends; new ones are served.
  void half_open(bool on);
  void reset();           // RST to the client on every connection, once
  void refuse(bool on);   // nobody listens; connections that are there stay
  Counts counts() const;  // since the start

 private:
  struct Lot {
    ProxyClock::time_point due;
    std::string bytes;
  };
  struct Connection {
    int client = -1;
    int server = -1;  // -1: half-open
    std::deque<Lot> up{};
    std::deque<Lot> down{};
    std::size_t said = 0;  // bytes of this reply that the client got or lost
    bool cut = false;      // this reply has been cut
    bool server_ended = false;
  };

  void turn();
  void listen_as_told();
  void take_clients();
  bool pump(Connection& connection, ProxyClock::time_point now);  // false: it is over
  bool read_client(Connection& connection, ProxyClock::time_point now);
  bool read_server(Connection& connection, ProxyClock::time_point now);
  bool deliver_up(Connection& connection, ProxyClock::time_point now);
  bool deliver_down(Connection& connection, ProxyClock::time_point now);
  bool swallow_rest(Connection& connection, Lot& lot);
  std::optional<ProxyClock::time_point> next_due() const;
  void spoil(std::string& lot);
  static void end(Connection& connection, bool with_reset);

  const std::uint16_t server_;
  const std::uint16_t port_;
  mutable std::mutex lock_;  // all below
  TcpFaults faults_{};
  Counts counts_{};
  bool half_open_ = false;
  int listener_ = -1;
  bool refuse_ = false;
  std::condition_variable obeyed_{};
  std::list<Connection> connections_{};
  std::mt19937_64 draw_;
  ProxyThread thread_;
};

}  // namespace nightwatt::peers
