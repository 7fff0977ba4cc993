#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rack/modbus_registers.h"
#include "rack/simulated_ups.h"

// A small Modbus TCP server on loopback with a simulated UPS behind each unit number, which can be
// told to misbehave in every way that a device, a gateway or a network has been seen to.
namespace nightwatt::rack {

enum class ModbusFault : std::uint8_t {
  none,
  down,             // stops listening and drops its connections: connection refused
  mute,             // accepts and reads, never answers
  slow,             // answers `slow_delay` late
  illegal_address,  // exception 2
  busy,             // exception 6
  acknowledge,      // exception 5
  gateway_path,     // exception 10
  gateway_target,   // exception 11
  reset,            // resets the connection at a request
  cut_reply,        // closes in the middle of a reply
  half_reply,       // stops in the middle of a reply and stays silent
  garbage,          // bytes that are no Modbus
  wrong_transaction,
  wrong_unit,
  wrong_function,
  wrong_byte_count,
  short_frame,  // the data ends too early, and the header says so
  surplus,      // the data goes on, and the header says so
  lies,         // charge 250, runtime 10^9: well-formed and absurd
  drip,         // one byte at a time, `drip_delay` apart
};
inline constexpr std::size_t modbus_fault_count = 21;
std::string_view to_string(ModbusFault fault);

struct ModbusServerSettings {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;  // 0 takes a free one and keeps it
  Duration slow_delay{200};
  Duration drip_delay{5};
};

struct ModbusServerStats {
  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  std::uint64_t exceptions = 0;
  std::size_t connections = 0;
};

struct ModbusServerState;

// Not thread-safe: construct it, call it and destroy it on the thread that runs `io` (or while
// nothing runs it).
class ModbusServer {
 public:
  explicit ModbusServer(boost::asio::io_context& io, ModbusServerSettings settings = {});
  ~ModbusServer();  // as ModbusFault::down
  ModbusServer(const ModbusServer&) = delete;
  ModbusServer& operator=(const ModbusServer&) = delete;

  // The UPS must outlive the server. A unit that is not there is answered as a gateway does:
  // exception 11.
  void add(std::uint8_t unit, const SimulatedUps& ups);
  const ModbusRegisters& registers(std::uint8_t unit) const;

  std::uint16_t port() const;
  // Holds for the next reply of every connection; not `down` listens again.
  void set_fault(ModbusFault fault);
  // The fault is shown by this unit only; 0: by all.
  void set_faulty_unit(std::uint8_t unit);
  ModbusFault fault() const;
  void drop_connections();
  ModbusServerStats stats() const;

 private:
  std::shared_ptr<ModbusServerState> shared_;
};

}  // namespace nightwatt::rack
