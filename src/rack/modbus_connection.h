#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "rack/modbus_server.h"
#include "wire/modbus/command.h"

// The inside of ModbusServer: what its connections share, and one connection.
namespace nightwatt::rack {

class ModbusConnection;

struct ModbusServerState : std::enable_shared_from_this<ModbusServerState> {
  ModbusServerState(boost::asio::io_context& context, ModbusServerSettings with);
  bool take_port();  // binds the acceptor, which does not listen yet
  bool listen();
  void go_down();
  void come_back();  // tries until the port is free
  void accept();
  void drop_all();
  ModbusFault fault_of(std::uint8_t unit) const;

  boost::asio::io_context& io;
  ModbusServerSettings settings;
  boost::asio::ip::tcp::acceptor acceptor;
  boost::asio::steady_timer again;
  std::uint16_t port = 0;
  std::map<std::uint8_t, ModbusRegisters> units;
  std::set<std::shared_ptr<ModbusConnection>> connections;
  ModbusFault fault = ModbusFault::none;
  std::uint8_t faulty_unit = 0;
  ModbusServerStats stats;
  std::uint32_t epoch = 0;  // of the acceptor: a handler of a closed one does nothing
};

class ModbusConnection : public std::enable_shared_from_this<ModbusConnection> {
 public:
  ModbusConnection(ModbusServerState& server, boost::asio::ip::tcp::socket socket);
  void start() { read(); }
  void close(bool reset = false);

 private:
  using Bytes = std::vector<std::uint8_t>;
  void read();
  void received(std::size_t size);
  void answer(const wire::modbus::Indication& asked);
  void put_reply(wire::modbus::Frame& frame, const wire::modbus::Indication& asked,
                 ModbusFault fault);
  void carry_out(wire::modbus::Frame& frame, const wire::modbus::Command& command,
                 ModbusRegisters& registers);
  bool write_all(const wire::modbus::Command& command, ModbusRegisters& registers);
  void refuse(wire::modbus::Frame& frame, std::uint8_t function_code, std::uint8_t exception);
  Bytes spoiled(Bytes reply, ModbusFault fault);
  void send(const Bytes& bytes);
  void send_later(Bytes bytes, Duration delay, std::size_t portion);

  ModbusServerState* server_;  // nullptr once closed
  boost::asio::ip::tcp::socket socket_;
  wire::modbus::IndicationReader requests_;
  std::array<std::uint8_t, 512> in_;
  bool close_after_ = false;
  bool silent_ = false;  // has sent half of something and will not go on
};

}  // namespace nightwatt::rack
