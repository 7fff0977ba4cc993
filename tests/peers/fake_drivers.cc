#include "tests/peers/fake_drivers.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "wire/nut/words.h"

namespace nightwatt::peers {
namespace {

constexpr const char* abilities =
    "ADDCMD test.battery.start\nADDCMD beeper.mute\nADDCMD load.off\n"
    "SETFLAGS ups.delay.shutdown RW STRING\nSETAUX ups.delay.shutdown 8\n"
    "SETFLAGS input.sensitivity RW\nADDENUM input.sensitivity \"low\"\n"
    "ADDENUM input.sensitivity \"high\"\n";

std::string set_info(const std::string& variable, const std::string& value) {
  std::string line = "SETINFO " + variable + " ";
  wire::nut::append_quoted(line, value);
  return line + "\n";
}

void write_all(int fd, const std::string& text) {
  // A reader that has gone is upsd's end: the thread sees that by itself.
  [[maybe_unused]] const auto sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace

FakeDrivers::FakeDrivers(std::string folder, const std::vector<std::string>& upses)
    : folder_(std::move(folder)) {
  int ends[2];
  NW_CHECK(::pipe(ends) == 0);
  wake_read_ = ends[0];
  wake_write_ = ends[1];
  for (const std::string& ups : upses) {
    Driver& driver = drivers_[ups];
    driver.variables = {{"battery.charge", "100"},
                        {"battery.runtime", "1800"},
                        {"device.mfr", "Test"},
                        {"device.model", "Smart \"1500\" #1"},
                        {"input.voltage", "230.0"},
                        {"ups.load", "23"},
                        {"ups.realpower.nominal", "1000"},
                        {"ups.status", "OL"}};
    listen(ups, driver);
  }
  thread_ = std::thread([this] { serve(); });
}

FakeDrivers::~FakeDrivers() {
  ending_ = true;
  wake();
  thread_.join();
  for (auto& [ups, driver] : drivers_) {
    if (driver.listener >= 0) ::close(driver.listener);
    for (const int connection : driver.connections) ::close(connection);
  }
  ::close(wake_read_);
  ::close(wake_write_);
}

void FakeDrivers::listen(const std::string& ups, Driver& driver) {
  const std::string path = folder_ + "/dummy-ups-" + ups;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  NW_CHECK(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ::unlink(path.c_str());
  driver.listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  NW_CHECK(driver.listener >= 0);
  const auto* const raw = reinterpret_cast<const sockaddr*>(&address);
  NW_CHECK(::bind(driver.listener, raw, sizeof address) == 0);
  NW_CHECK(::listen(driver.listener, 8) == 0);
}

void FakeDrivers::set(const std::string& ups, const std::string& variable,
                      const std::string& value) {
  const std::lock_guard lock(mutex_);
  Driver& driver = drivers_.at(ups);
  driver.variables[variable] = value;
  tell(driver, set_info(variable, value));
}

void FakeDrivers::remove(const std::string& ups, const std::string& variable) {
  const std::lock_guard lock(mutex_);
  Driver& driver = drivers_.at(ups);
  driver.variables.erase(variable);
  tell(driver, "DELINFO " + variable + "\n");
}

void FakeDrivers::set_stale(const std::string& ups, bool stale) {
  const std::lock_guard lock(mutex_);
  Driver& driver = drivers_.at(ups);
  driver.stale = stale;
  tell(driver, stale ? "DATASTALE\n" : "DATAOK\n");
}

void FakeDrivers::stop(const std::string& ups) {
  const std::lock_guard lock(mutex_);
  Driver& driver = drivers_.at(ups);
  if (driver.listener >= 0) ::close(std::exchange(driver.listener, -1));
  ::unlink((folder_ + "/dummy-ups-" + ups).c_str());
  for (const int connection : std::exchange(driver.connections, {})) ::close(connection);
  wake();
}

void FakeDrivers::start(const std::string& ups) {
  const std::lock_guard lock(mutex_);
  Driver& driver = drivers_.at(ups);
  if (driver.listener < 0) listen(ups, driver);
  wake();
}

bool FakeDrivers::running(const std::string& ups) {
  const std::lock_guard lock(mutex_);
  return drivers_.at(ups).listener >= 0;
}

void FakeDrivers::wake() const {
  [[maybe_unused]] const auto written = ::write(wake_write_, "", 1);
}

void FakeDrivers::serve() {
  std::vector<char> buffer(4'096);
  while (!ending_) serve_once(buffer);
}

void FakeDrivers::serve_once(std::vector<char>& buffer) {
  std::vector<pollfd> ready{{wake_read_, POLLIN, 0}};
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [ups, driver] : drivers_) {
      if (driver.listener >= 0) ready.push_back({driver.listener, POLLIN, 0});
      for (const int connection : driver.connections) ready.push_back({connection, POLLIN, 0});
    }
  }
  ::poll(ready.data(), ready.size(), -1);
  const std::lock_guard lock(mutex_);
  if (ready.front().revents != 0) {  // what we polled may have been closed: look again
    [[maybe_unused]] const auto drained = ::read(wake_read_, buffer.data(), buffer.size());
    return;
  }
  for (const pollfd& polled : ready) {
    if (polled.revents == 0) continue;
    for (auto& [ups, driver] : drivers_) {
      if (polled.fd == driver.listener) {
        const int connection = ::accept4(driver.listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) driver.connections.push_back(connection);
      }
      if (std::erase(driver.connections, polled.fd) == 0) continue;
      const auto size = ::recv(polled.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      const std::string_view text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
      if (answer(driver, polled.fd, text)) {
        driver.connections.push_back(polled.fd);
      } else {
        ::close(polled.fd);
      }
    }
  }
}

// upsd's requests are short and come whole. False: upsd has closed.
bool FakeDrivers::answer(Driver& driver, int connection, std::string_view request) {
  if (request.empty()) return false;
  if (request.find("DUMPALL") != std::string_view::npos) {
    std::string dump;
    for (const auto& [variable, value] : driver.variables) dump += set_info(variable, value);
    if (driver.takes_orders) dump += abilities;
    dump += driver.stale ? "DATASTALE\nDUMPDONE\n" : "DATAOK\nDUMPDONE\n";
    write_all(connection, dump);
  }
  if (request.find("PING") != std::string_view::npos) write_all(connection, "PONG\n");
  while (!request.empty()) {
    const std::size_t end = std::min(request.find('\n'), request.size() - 1);
    const std::string_view line = request.substr(0, end);
    if (line.starts_with("INSTCMD ") || line.starts_with("SET "))
      take_order(driver, connection, line);
    request.remove_prefix(end + 1);
  }
  return true;
}

void FakeDrivers::take_order(Driver& driver, int connection, std::string_view line) {
  const std::size_t tracking = line.find(" TRACKING ");
  driver.orders.emplace_back(line.substr(0, tracking));
  driver.newest_id = tracking == line.npos ? "" : line.substr(tracking + 10);
  if (driver.order_code >= 0) write_all(connection, order_answer(driver, driver.order_code));
}

std::string FakeDrivers::order_answer(const Driver& driver, int code) {
  if (driver.newest_id.empty()) return {};
  return "TRACKING " + driver.newest_id + " " + std::to_string(code) + "\n";
}

void FakeDrivers::take_orders(const std::string& ups, int code) {
  const std::lock_guard lock(mutex_);
  Driver& driver = drivers_.at(ups);
  driver.takes_orders = true;
  driver.order_code = code;
  driver.variables.emplace("ups.delay.shutdown", "20");
  driver.variables.emplace("input.sensitivity", "low");
  std::string dump;
  for (const auto& [variable, value] : driver.variables) dump += set_info(variable, value);
  tell(driver, dump + abilities);
}

std::vector<std::string> FakeDrivers::orders(const std::string& ups) {
  const std::lock_guard lock(mutex_);
  return drivers_.at(ups).orders;
}

void FakeDrivers::finish_order(const std::string& ups, int code) {
  const std::lock_guard lock(mutex_);
  const Driver& driver = drivers_.at(ups);
  tell(driver, order_answer(driver, code));
}

void FakeDrivers::tell(const Driver& driver, const std::string& line) {
  for (const int connection : driver.connections) write_all(connection, line);
}

}  // namespace nightwatt::peers
