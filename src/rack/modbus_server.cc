#include "rack/modbus_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "rack/modbus_connection.h"
#include "rack/port_retry.h"

namespace nightwatt::rack {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

std::string_view to_string(ModbusFault fault) {
  switch (fault) {
    case ModbusFault::none: return "none";
    case ModbusFault::down: return "down";
    case ModbusFault::mute: return "mute";
    case ModbusFault::slow: return "slow";
    case ModbusFault::illegal_address: return "illegal_address";
    case ModbusFault::busy: return "busy";
    case ModbusFault::acknowledge: return "acknowledge";
    case ModbusFault::gateway_path: return "gateway_path";
    case ModbusFault::gateway_target: return "gateway_target";
    case ModbusFault::reset: return "reset";
    case ModbusFault::cut_reply: return "cut_reply";
    case ModbusFault::half_reply: return "half_reply";
    case ModbusFault::garbage: return "garbage";
    case ModbusFault::wrong_transaction: return "wrong_transaction";
    case ModbusFault::wrong_unit: return "wrong_unit";
    case ModbusFault::wrong_function: return "wrong_function";
    case ModbusFault::wrong_byte_count: return "wrong_byte_count";
    case ModbusFault::short_frame: return "short_frame";
    case ModbusFault::surplus: return "surplus";
    case ModbusFault::lies: return "lies";
    case ModbusFault::drip: return "drip";
  }
  return "?";
}

ModbusServerState::ModbusServerState(asio::io_context& context, ModbusServerSettings with)
    : io(context), settings(std::move(with)), acceptor(context), again(context) {}

bool ModbusServerState::take_port() {
  Error ec;
  const auto address = asio::ip::make_address_v4(settings.bind, ec);
  const tcp::endpoint here(address, port != 0 ? port : settings.port);
  if (!ec) acceptor.open(here.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(here, ec);
  if (!ec) port = acceptor.local_endpoint(ec).port();
  if (ec) {
    Error ignored;
    acceptor.close(ignored);
  }
  return !ec;
}

bool ModbusServerState::listen() {
  if (!acceptor.is_open() && !take_port()) return false;
  Error ec;
  acceptor.listen(4'096, ec);
  if (!ec) accept();
  return !ec;
}

void ModbusServerState::go_down() {
  ++epoch;
  Error ignored;
  acceptor.close(ignored);
  drop_all();
  take_port();  // bound but deaf: connections are refused, and nobody else gets the port
}

void ModbusServerState::come_back() {
  if (fault == ModbusFault::down || listen()) return;
  again.expires_after(come_back_retry);
  again.async_wait([self = weak_from_this(), now = epoch](const Error& ec) {
    const auto shared = self.lock();
    if (!ec && shared && shared->epoch == now) shared->come_back();
  });
}

void ModbusServerState::accept() {
  acceptor.async_accept(
      [self = weak_from_this(), now = epoch](const Error& ec, tcp::socket socket) {
        const auto shared = self.lock();
        if (!shared || shared->epoch != now || ec == asio::error::operation_aborted) return;
        if (!ec) {
          ++shared->stats.accepted;
          const auto connection = std::make_shared<ModbusConnection>(*shared, std::move(socket));
          shared->connections.insert(connection);
          connection->start();
        }
        shared->accept();
      });
}

void ModbusServerState::drop_all() {
  for (const auto& connection : std::exchange(connections, {})) connection->close();
}

ModbusFault ModbusServerState::fault_of(std::uint8_t unit) const {
  return faulty_unit == 0 || faulty_unit == unit ? fault : ModbusFault::none;
}

ModbusServer::ModbusServer(asio::io_context& io, ModbusServerSettings settings)
    : shared_(std::make_shared<ModbusServerState>(io, std::move(settings))) {
  NW_CHECK(shared_->listen());  // without its port no test or demo means anything
}

ModbusServer::~ModbusServer() { shared_->drop_all(); }

void ModbusServer::add(std::uint8_t unit, const SimulatedUps& ups) {
  shared_->units.insert_or_assign(unit, ModbusRegisters(ups));
}

const ModbusRegisters& ModbusServer::registers(std::uint8_t unit) const {
  return shared_->units.at(unit);
}

std::uint16_t ModbusServer::port() const { return shared_->port; }
ModbusFault ModbusServer::fault() const { return shared_->fault; }
void ModbusServer::drop_connections() { shared_->drop_all(); }
void ModbusServer::set_faulty_unit(std::uint8_t unit) { shared_->faulty_unit = unit; }

void ModbusServer::set_fault(ModbusFault fault) {
  const ModbusFault before = std::exchange(shared_->fault, fault);
  if (fault == ModbusFault::down && before != ModbusFault::down) shared_->go_down();
  if (fault != ModbusFault::down && before == ModbusFault::down) shared_->come_back();
}

ModbusServerStats ModbusServer::stats() const {
  ModbusServerStats out = shared_->stats;
  out.connections = shared_->connections.size();
  return out;
}

}  // namespace nightwatt::rack
