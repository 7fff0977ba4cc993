#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "rack/simulated_ups.h"
#include "rack/ups_mib.h"
#include "wire/snmp/message.h"

// A small agent on loopback that serves a simulated UPS as UPS-MIB over SNMP v1 and v2c, and can be
// told to misbehave in the ways that real management cards have been seen to.
namespace nightwatt::rack {

enum class AgentFault : std::uint8_t {
  none,
  down,         // nobody on the port: ICMP port unreachable
  mute,         // reads, never answers
  slow,         // answers after `slow_delay`
  garbage,      // bytes that are no SNMP
  cut_reply,    // the first half of a good answer
  general,      // genErr to everything
  too_big,      // tooBig to everything
  no_objects,   // noSuchObject for every name (v1: noSuchName)
  wrong_types,  // texts where numbers belong
  lies,         // charge -5, runtime and load absurd: well-formed
  other_names,  // values of objects that nobody asked for
  other_id,     // the answer to another request
};
inline constexpr std::size_t agent_fault_count = 13;
std::string_view to_string(AgentFault fault);

struct SnmpAgentSettings {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;  // 0 takes a free one and keeps it
  std::string community = "public";
  std::string write_community = "private";  // may read and write
  Duration slow_delay{200};
};

struct SnmpAgentStats {
  std::uint64_t requests = 0;
  std::uint64_t varbinds = 0;         // in them
  std::uint64_t writes = 0;           // SETs that were carried out
  std::uint64_t wrong_community = 0;  // silently dropped, as agents do
};

// Not thread-safe: construct it, call it and destroy it on the thread that runs `io` (or while
// nothing runs it).
class SnmpAgent {
 public:
  // The UPS is read at each request and must outlive the agent.
  SnmpAgent(boost::asio::io_context& io, const SimulatedUps& ups, SnmpAgentSettings settings = {});
  ~SnmpAgent();  // as AgentFault::down
  SnmpAgent(const SnmpAgent&) = delete;
  SnmpAgent& operator=(const SnmpAgent&) = delete;

  std::uint16_t port() const;
  void set_fault(AgentFault fault);
  AgentFault fault() const;
  SnmpAgentStats stats() const;
  // Called for each object that a SET has changed.
  void on_write(std::function<void(const wire::snmp::Varbind&)> written);
  // Sends a v2c notification from the agent's own address: upsTrapOnBattery and its like, or an
  // inform, whose acknowledgement is not waited for.
  void notify(const boost::asio::ip::udp::endpoint& receiver, const wire::snmp::Oid& trap,
              wire::snmp::PduType type = wire::snmp::PduType::trap);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace nightwatt::rack
