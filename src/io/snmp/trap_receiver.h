#pragma once

#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/hub/device_sockets.h"
#include "io/snmp/snmp_target.h"
#include "io/snmp/trap_session.h"
#include "ports/device_link.h"
#include "wire/snmp/message.h"

// Traps and informs of agents: whatever one says, its devices are polled now.
//
//     datagram ─► from a comm device's address? ─► its community or user? ─► DeviceSpoke{comm}
//
// What the trap says is not believed, only that there is news: the poll brings it over the path
// that decisions use. Informs are acknowledged.
namespace nightwatt::io {

// One comm device tells at most once in this time; a trap that came meanwhile tells at its end.
inline constexpr std::chrono::milliseconds trap_gap{1'000};
// Traps whose credentials are looked at, in a second and of all senders: a flood costs no more.
inline constexpr int traps_per_second_max = 1'000;

// A comm device from which traps may come.
struct TrapSource {
  CommId comm{};
  std::string host{};
  SnmpAgent agent{};
};

struct TrapStats {
  std::uint64_t received = 0;
  std::uint64_t taken = 0;       // authentic and of a comm device
  std::uint64_t strangers = 0;   // from an address that is no comm device's
  std::uint64_t refused = 0;     // wrong community, user, password or security level
  std::uint64_t overflowed = 0;  // beyond traps_per_second_max
  std::uint64_t told = 0;        // DeviceSpoke
};

class TrapReceiver final : private SocketListener, private DeadlineListener {
 public:
  // Errors: the address cannot be bound, with a hint for ports below 1024. `sink` is called from
  // the loop.
  static expected<std::unique_ptr<TrapReceiver>, Error> listen(
      std::shared_ptr<DeviceSockets> sockets, const SnmpTraps& settings,
      std::vector<TrapSource> sources, ports::EventSink sink);
  ~TrapReceiver();

  // The configuration has changed; the address has not.
  void replace(const SnmpTraps& settings, std::vector<TrapSource> sources);
  std::uint16_t port() const { return port_; }
  TrapStats stats() const { return stats_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Address = boost::asio::ip::address;
  struct Gap {
    Clock::time_point told{};
    bool again = false;
  };

  TrapReceiver(std::shared_ptr<DeviceSockets> sockets, ports::EventSink sink, int fd);
  void ready(std::uint32_t events) override;
  void overdue() override;
  bool receive_one();
  bool within_budget();
  void place(std::size_t source, const NameCache::Addresses& addresses);
  void look_up_names();
  const std::vector<std::size_t>* sources_at(const Address& address);
  bool authentic(std::string_view datagram, const std::vector<std::size_t>& sources);
  bool v3_authentic(std::string_view datagram, const wire::snmp::Sender& sender,
                    const std::vector<std::size_t>& sources);
  const SnmpAgent* user_named(const std::string& name, const std::vector<std::size_t>& sources);
  void tell(CommId comm);

  std::shared_ptr<DeviceSockets> sockets_;
  ports::EventSink sink_;
  SnmpTraps settings_{};
  std::vector<TrapSource> sources_{};
  std::map<Address, std::vector<std::size_t>> by_address_{};  // indices into sources_
  std::map<CommId, Gap> gaps_{};
  // Keys for each engine and user that has spoken; emptied when it grows too large.
  std::map<std::pair<std::string, std::string>, UsmUser> users_{};
  MasterKeys keys_{};
  TrapSession session_;
  SocketWatch watch_{};
  Deadline deadline_;
  TrapStats stats_{};
  Clock::time_point budget_from_{};
  Clock::time_point looked_up_{};
  std::shared_ptr<TrapReceiver*> alive_;
  boost::asio::ip::udp::endpoint from_{};  // of the datagram at hand
  int budget_ = 0;
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace nightwatt::io
