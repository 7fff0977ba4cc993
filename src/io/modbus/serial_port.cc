#include "io/modbus/serial_port.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace nightwatt::io {
namespace {

using Speed = std::pair<int, speed_t>;
constexpr std::array<Speed, 27> speeds{{
    {50, B50},
    {75, B75},
    {110, B110},
    {134, B134},
    {150, B150},
    {200, B200},
    {300, B300},
    {600, B600},
    {1'200, B1200},
    {1'800, B1800},
    {2'400, B2400},
    {4'800, B4800},
    {9'600, B9600},
    {19'200, B19200},
    {38'400, B38400},
    {57'600, B57600},
    {115'200, B115200},
    {230'400, B230400},
    {460'800, B460800},
    {500'000, B500000},
    {576'000, B576000},
    {921'600, B921600},
    {1'000'000, B1000000},
    {1'500'000, B1500000},
    {2'000'000, B2000000},
    {3'000'000, B3000000},
    {4'000'000, B4000000},
}};

unexpected<std::string> problem(int error) {
  switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV: return unexpected<std::string>("no such port");
    case EACCES:
    case EPERM: return unexpected<std::string>("not allowed to open the port");
    case EBUSY:
    case EWOULDBLOCK: return unexpected<std::string>("in use by another program");
    case ENOTTY: return unexpected<std::string>("not a serial port");
    case EIO: return unexpected<std::string>("the port has gone");
    default: return unexpected<std::string>(errno_text(error));
  }
}

void set_frame(termios& settings, const ModbusLine& line) {
  ::cfmakeraw(&settings);  // 8 bits, no parity, no translation
  settings.c_cflag |= CREAD | CLOCAL;
  settings.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS | CSTOPB | PARENB | PARODD);
  if (line.stop_bits == 2) settings.c_cflag |= CSTOPB;
  if (line.parity != Parity::none) settings.c_cflag |= PARENB;
  if (line.parity == Parity::odd) settings.c_cflag |= PARODD;
  settings.c_iflag &= ~static_cast<tcflag_t>(IXOFF | IXANY);
  // A byte with wrong parity is passed on as it is: the CRC judges the frame.
  settings.c_iflag |= IGNBRK;
  settings.c_cc[VMIN] = 0;
  settings.c_cc[VTIME] = 0;
}

}  // namespace

bool is_serial_speed(int baud) {
  return std::ranges::find(speeds, baud, &Speed::first) != speeds.end();
}

expected<Descriptor, std::string> open_serial_port(const ModbusLine& line) {
  const auto* speed = std::ranges::find(speeds, line.baud, &Speed::first);
  if (speed == speeds.end()) {
    return unexpected<std::string>(std::to_string(line.baud) + " baud is no speed of serial ports");
  }
  // O_NONBLOCK: do not wait for a carrier that a three-wire line never has.
  Descriptor port(::open(line.serial.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!port) return problem(errno);
  termios settings{};
  if (::tcgetattr(port.get(), &settings) != 0) return problem(errno);
  // Two masters on one line answer each other's replies. The lock keeps out programs that ask for
  // it, TIOCEXCL the others.
  if (::flock(port.get(), LOCK_EX | LOCK_NB) != 0) return problem(errno);
  ::ioctl(port.get(), TIOCEXCL);
  set_frame(settings, line);
  ::cfsetispeed(&settings, speed->second);
  ::cfsetospeed(&settings, speed->second);
  if (::tcsetattr(port.get(), TCSANOW, &settings) != 0) return problem(errno);
  ::tcflush(port.get(), TCIOFLUSH);
  return port;
}

}  // namespace nightwatt::io
