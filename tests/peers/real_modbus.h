#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

// A libmodbus server on a thread of the test: over TCP on a loopback port, or RTU on a serial port.
// Tables of 128 registers and 64 bits of each kind, from address 0.
namespace nightwatt::peers {

class RealModbus {
 public:
  // Modbus TCP; any unit that has no tables of its own (below) is answered from the same ones.
  explicit RealModbus(std::uint16_t port, const std::string& address = "127.0.0.1");
  RealModbus(const std::string& serial, std::uint8_t unit);  // RTU, 19200 8E1
  ~RealModbus();
  RealModbus(const RealModbus&) = delete;
  RealModbus& operator=(const RealModbus&) = delete;

  // This unit gets tables of its own, as behind a gateway.
  void add_unit(std::uint8_t unit);

  // Thread-safe. `unit`: one that was added; 0: the tables of all others.
  // All that profiles/simulated-ups-modbus.yaml reads: on line, with this charge.
  void set_ups(std::uint16_t charge, std::uint8_t unit = 0);
  void set_input(std::uint16_t address, std::uint16_t value);
  void set_holding(std::uint16_t address, std::uint16_t value, std::uint8_t unit = 0);
  void set_coil(std::uint16_t address, bool on);
  void set_discrete(std::uint16_t address, bool on);
  std::uint16_t holding(std::uint16_t address);
  bool coil(std::uint16_t address);
  int answered() const { return answered_; }

 private:
  struct Library;
  void start();
  void serve_tcp();
  void serve_line();
  bool serve_one();  // false: the connection ended

  Library* library_;
  std::mutex tables_;
  std::atomic<bool> ending_ = false;
  std::atomic<int> answered_ = 0;
  int listener_ = -1;
  std::thread thread_;
};

}  // namespace nightwatt::peers
