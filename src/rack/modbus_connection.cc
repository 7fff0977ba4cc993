#include "rack/modbus_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "base/rng.h"
#include "wire/modbus/exception.h"

namespace nightwatt::rack {

namespace asio = boost::asio;
namespace modbus = wire::modbus;
using Error = boost::system::error_code;

ModbusConnection::ModbusConnection(ModbusServerState& server, asio::ip::tcp::socket socket)
    : server_(&server), socket_(std::move(socket)) {
  Error ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void ModbusConnection::close(bool reset) {
  if (server_ == nullptr) return;
  Error ignored;
  if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
  std::exchange(server_, nullptr)->connections.erase(shared_from_this());
}

void ModbusConnection::read() {
  socket_.async_read_some(asio::buffer(in_),
                          [self = shared_from_this()](const Error& ec, std::size_t size) {
                            if (self->server_ == nullptr) return;
                            if (ec) return self->close();
                            self->received(size);
                          });
}

void ModbusConnection::received(std::size_t size) {
  std::span<const std::uint8_t> chunk(in_.data(), size);
  while (const auto asked = requests_.next(chunk)) {
    ++server_->stats.requests;
    if (!silent_) answer(*asked);
    if (server_ == nullptr) return;
  }
  if (requests_.broken() || close_after_) return close();
  read();
}

// --- the protocol -------------------------------------------------------------------------------

void ModbusConnection::answer(const modbus::Indication& asked) {
  const ModbusFault fault = server_->fault_of(asked.unit);
  if (fault == ModbusFault::mute) return;
  if (fault == ModbusFault::reset) return close(true);
  modbus::Frame frame = modbus::Frame::tcp(asked.transaction, asked.unit);
  put_reply(frame, asked, fault);
  frame.finish();
  Bytes reply = spoiled({frame.bytes().begin(), frame.bytes().end()}, fault);
  if (fault == ModbusFault::slow) {
    const std::size_t whole = reply.size();
    return send_later(std::move(reply), server_->settings.slow_delay, whole);
  }
  if (fault == ModbusFault::drip) {
    return send_later(std::move(reply), server_->settings.drip_delay, 1);
  }
  send(reply);
}

void ModbusConnection::put_reply(modbus::Frame& frame, const modbus::Indication& asked,
                                 ModbusFault fault) {
  const std::uint8_t code = asked.pdu.empty() ? 0 : asked.pdu[0];
  const auto unit = server_->units.find(asked.unit);
  if (fault == ModbusFault::illegal_address) {
    return refuse(frame, code, modbus::illegal_data_address);
  }
  if (fault == ModbusFault::busy) return refuse(frame, code, modbus::server_device_busy);
  if (fault == ModbusFault::acknowledge) return refuse(frame, code, modbus::acknowledge);
  if (fault == ModbusFault::gateway_path) {
    return refuse(frame, code, modbus::gateway_path_unavailable);
  }
  if (fault == ModbusFault::gateway_target || unit == server_->units.end()) {
    return refuse(frame, code, modbus::gateway_target_silent);
  }
  const auto command = modbus::parse_command(asked.pdu);
  if (!command) return refuse(frame, code, command.error());
  unit->second.lying = fault == ModbusFault::lies;
  carry_out(frame, *command, unit->second);
}

void ModbusConnection::refuse(modbus::Frame& frame, std::uint8_t function_code,
                              std::uint8_t exception) {
  ++server_->stats.exceptions;
  modbus::put_exception(frame, function_code, exception);
}

void ModbusConnection::carry_out(modbus::Frame& frame, const modbus::Command& command,
                                 ModbusRegisters& registers) {
  const std::uint8_t code = modbus::code_of(command.function);
  if (modbus::writes(command.function) && !write_all(command, registers)) {
    return refuse(frame, code, modbus::illegal_data_address);
  }
  if (!modbus::reads(command.function)) return modbus::put_written(frame, command);
  std::vector<std::uint16_t> words;
  std::vector<std::uint8_t> bits;
  for (unsigned i = 0; i < command.count; ++i) {
    const auto address = static_cast<std::uint16_t>(command.address + i);
    if (modbus::reads_bits(command.function)) {
      const bool coils = command.function == modbus::Function::read_coils;
      const auto bit = coils ? registers.read_coil(address) : registers.read_input(address);
      if (!bit) return refuse(frame, code, modbus::illegal_data_address);
      bits.push_back(*bit ? 1 : 0);
    } else {
      const auto word = registers.read(address);
      if (!word) return refuse(frame, code, modbus::illegal_data_address);
      words.push_back(*word);
    }
  }
  if (!bits.empty()) return modbus::put_bits(frame, command.function, bits);
  modbus::put_registers(frame, command.function, words);
}

bool ModbusConnection::write_all(const modbus::Command& command, ModbusRegisters& registers) {
  const bool exchange = command.function == modbus::Function::read_write_registers;
  const std::uint16_t first = exchange ? command.write_address : command.address;
  const std::uint16_t count = exchange ? command.write_count : command.count;
  for (unsigned i = 0; i < count; ++i) {
    const auto address = static_cast<std::uint16_t>(first + i);
    bool taken = false;
    if (command.function == modbus::Function::write_coil) {
      taken = registers.write_coil(address, command.word(0) != 0);
    } else if (command.function == modbus::Function::write_coils) {
      taken = registers.write_coil(address, command.bit(i));
    } else {
      taken = registers.write(address, command.word(i));
    }
    if (!taken) return false;
  }
  return true;
}

// --- faults of the transport --------------------------------------------------------------------

// What the fault makes of a good reply.
ModbusConnection::Bytes ModbusConnection::spoiled(Bytes reply, ModbusFault fault) {
  const auto set_length = [&] { reply[5] = static_cast<std::uint8_t>(reply.size() - 6); };
  switch (fault) {
    case ModbusFault::cut_reply:
      reply.resize(reply.size() / 2);
      close_after_ = true;
      break;
    case ModbusFault::half_reply:
      reply.resize(reply.size() / 2);
      silent_ = true;
      break;
    case ModbusFault::garbage: {
      Rng rng(server_->stats.requests);
      for (std::uint8_t& byte : reply) byte = static_cast<std::uint8_t>(rng.next());
      reply[2] = 0xFF;  // not by chance Modbus after all
      break;
    }
    case ModbusFault::wrong_transaction: reply[0] ^= 0x40; break;
    case ModbusFault::wrong_unit: ++reply[6]; break;
    case ModbusFault::wrong_function: reply[7] = 0x2B; break;
    case ModbusFault::wrong_byte_count: ++reply[8]; break;
    case ModbusFault::short_frame:
      reply.pop_back();
      set_length();
      break;
    case ModbusFault::surplus:
      reply.push_back(0);
      set_length();
      break;
    case ModbusFault::none:
    case ModbusFault::down:
    case ModbusFault::mute:
    case ModbusFault::slow:
    case ModbusFault::illegal_address:
    case ModbusFault::busy:
    case ModbusFault::acknowledge:
    case ModbusFault::gateway_path:
    case ModbusFault::gateway_target:
    case ModbusFault::reset:
    case ModbusFault::lies:
    case ModbusFault::drip: break;
  }
  return reply;
}

void ModbusConnection::send(const Bytes& bytes) {
  Error ec;  // a reply into an empty socket buffer: it fits, or the client is gone
  socket_.write_some(asio::buffer(bytes), ec);
  if (ec) close();
}

void ModbusConnection::send_later(Bytes bytes, Duration delay, std::size_t portion) {
  const auto timer = std::make_shared<asio::steady_timer>(server_->io, delay);
  timer->async_wait(
      [self = shared_from_this(), timer, bytes = std::move(bytes), delay, portion](const Error&) {
        if (self->server_ == nullptr) return;
        const auto cut = bytes.begin() + static_cast<std::ptrdiff_t>(portion);
        self->send({bytes.begin(), cut});
        if (self->server_ == nullptr || cut == bytes.end()) return;
        self->send_later({cut, bytes.end()}, delay, portion);
      });
}

}  // namespace nightwatt::rack
