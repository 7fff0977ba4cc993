#include "tests/peers/real_modbus.h"

#include <modbus/modbus.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>

#include "base/check.h"

namespace nightwatt::peers {
namespace {

constexpr int look_ms = 20;  // how often the thread looks whether it shall end

}  // namespace

struct RealModbus::Library {
  modbus_t* context = nullptr;
  modbus_mapping_t* tables = nullptr;
  std::map<std::uint8_t, modbus_mapping_t*> units{};
  int unit_at = 0;  // in a request

  modbus_mapping_t* of(std::uint8_t unit) const {
    const auto own = units.find(unit);
    return own == units.end() ? tables : own->second;
  }
};

RealModbus::RealModbus(std::uint16_t port, const std::string& address) : library_(new Library) {
  library_->context = ::modbus_new_tcp(address.c_str(), port);
  NW_CHECK(library_->context != nullptr);
  library_->unit_at = 6;  // behind transaction, protocol and length
  listener_ = ::modbus_tcp_listen(library_->context, 4);
  NW_CHECK(listener_ >= 0);
  start();
}

RealModbus::RealModbus(const std::string& serial, std::uint8_t unit) : library_(new Library) {
  library_->context = ::modbus_new_rtu(serial.c_str(), 19'200, 'E', 8, 1);
  NW_CHECK(library_->context != nullptr);
  NW_CHECK(::modbus_set_slave(library_->context, unit) == 0);
  NW_CHECK(::modbus_connect(library_->context) == 0);
  start();
}

RealModbus::~RealModbus() {
  ending_ = true;
  thread_.join();
  ::modbus_close(library_->context);
  if (listener_ >= 0) ::close(listener_);
  ::modbus_mapping_free(library_->tables);
  for (const auto& [unit, tables] : library_->units) ::modbus_mapping_free(tables);
  ::modbus_free(library_->context);
  delete library_;
}

void RealModbus::start() {
  library_->tables = ::modbus_mapping_new(64, 64, 128, 128);
  NW_CHECK(library_->tables != nullptr);
  thread_ = std::thread([this] { listener_ >= 0 ? serve_tcp() : serve_line(); });
}

void RealModbus::serve_tcp() {
  while (!ending_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, look_ms) != 1) continue;
    if (::modbus_tcp_accept(library_->context, &listener_) < 0) continue;
    while (!ending_ && serve_one()) {
    }
    ::modbus_close(library_->context);
  }
}

void RealModbus::serve_line() {
  while (!ending_) serve_one();
}

bool RealModbus::serve_one() {
  pollfd waiting{::modbus_get_socket(library_->context), POLLIN, 0};
  if (::poll(&waiting, 1, look_ms) != 1) return true;
  if ((waiting.revents & POLLIN) == 0) {  // a line that hung up: its end is not the server's
    ::usleep(1'000 * look_ms);
    return false;
  }
  std::array<std::uint8_t, MODBUS_TCP_MAX_ADU_LENGTH> query{};
  const int size = ::modbus_receive(library_->context, query.data());
  if (size < 0) return false;
  if (size == 0) return true;  // for another unit
  const std::lock_guard lock(tables_);
  ++answered_;
  modbus_mapping_t* const tables = library_->of(query[static_cast<std::size_t>(library_->unit_at)]);
  return ::modbus_reply(library_->context, query.data(), size, tables) >= 0;
}

void RealModbus::add_unit(std::uint8_t unit) {
  const std::lock_guard lock(tables_);
  modbus_mapping_t*& tables = library_->units[unit];
  if (tables == nullptr) tables = ::modbus_mapping_new(64, 64, 128, 128);
  NW_CHECK(tables != nullptr);
}

void RealModbus::set_ups(std::uint16_t charge, std::uint8_t unit) {
  const std::uint16_t words[] = {1, charge, 0,   1'800, 273, 42,    0,     420, 20,
                                 0, 1'000,  285, 2'310, 230, 2'000, 2'600, 500, 2'300};
  std::uint16_t address = 0;
  for (const std::uint16_t word : words) set_holding(address++, word, unit);
}

void RealModbus::set_input(std::uint16_t address, std::uint16_t value) {
  const std::lock_guard lock(tables_);
  library_->tables->tab_input_registers[address] = value;
}
void RealModbus::set_holding(std::uint16_t address, std::uint16_t value, std::uint8_t unit) {
  const std::lock_guard lock(tables_);
  library_->of(unit)->tab_registers[address] = value;
}
void RealModbus::set_coil(std::uint16_t address, bool on) {
  const std::lock_guard lock(tables_);
  library_->tables->tab_bits[address] = on ? 1 : 0;
}
void RealModbus::set_discrete(std::uint16_t address, bool on) {
  const std::lock_guard lock(tables_);
  library_->tables->tab_input_bits[address] = on ? 1 : 0;
}
std::uint16_t RealModbus::holding(std::uint16_t address) {
  const std::lock_guard lock(tables_);
  return library_->tables->tab_registers[address];
}
bool RealModbus::coil(std::uint16_t address) {
  const std::lock_guard lock(tables_);
  return library_->tables->tab_bits[address] != 0;
}

}  // namespace nightwatt::peers
