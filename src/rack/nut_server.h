#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rack/simulated_ups.h"

// A small upsd on loopback that speaks the real protocol, answers each request with one buffered
// write, and can be told to misbehave in every way that a network or an upsd has been seen to.
namespace nightwatt::rack {

enum class Fault : std::uint8_t {
  none,
  down,            // stops listening and drops its connections: connection refused
  mute,            // accepts and reads, never answers
  stale,           // ERR DATA-STALE
  driver_gone,     // ERR DRIVER-NOT-CONNECTED
  unknown_ups,     // ERR UNKNOWN-UPS
  refuse_login,    // ERR ACCESS-DENIED to PASSWORD and LOGIN
  reset_at_login,  // resets the connection at USERNAME, or at the first request when there is none
  half_line,       // stops in the middle of a line and stays silent
  cut_reply,       // closes in the middle of a reply
  flood,           // a list that never ends
  long_line,       // a line that never ends
  garbage,         // bytes that are no text
  lies,            // charge -5, runtime 10^9, load NaN: well-formed and absurd
  drip,            // one byte at a time, `drip_delay` apart
  wrong_ups,       // the list of another UPS
};
inline constexpr std::size_t fault_count = 16;
std::string_view to_string(Fault fault);

struct NutServerSettings {
  std::string bind = "127.0.0.1";  // "0.0.0.0" serves all of 127.0.0.0/8, and the network as well
  std::uint16_t port = 0;          // 0 takes a free one and keeps it
  std::string username{};          // empty: anybody may LOGIN
  std::string password{};
  Duration drip_delay{5};
  Duration idle_limit{60'000};  // upsd's: a connection without a request for so long is closed
};

struct NutServerStats {
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t list_var = 0;  // LIST VAR requests among them
  std::size_t connections = 0;
};

struct NutServerState;  // what its connections share

// Not thread-safe: construct it, call it and destroy it on the thread that runs `io` (or while
// nothing runs it).
class NutServer {
 public:
  explicit NutServer(boost::asio::io_context& io, NutServerSettings settings = {});
  ~NutServer();  // as Fault::down
  NutServer(const NutServer&) = delete;
  NutServer& operator=(const NutServer&) = delete;

  // The server reads the UPS's variables at each request; it must outlive the server. `as`: the
  // name under which it is served; empty: its own.
  void add(const SimulatedUps& ups, std::string as = {});

  std::uint16_t port() const;
  void set_fault(
      Fault fault);  // holds for the next bytes of every connection; not `down` listens again
  Fault fault() const;
  void drop_connections();  // closes them, as upsd does with idle ones
  NutServerStats stats() const;

 private:
  std::shared_ptr<NutServerState> shared_;
};

}  // namespace nightwatt::rack
