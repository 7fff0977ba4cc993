#include "io/modbus/rtu_line.h"

#include <algorithm>

#include "wire/modbus/rtu_timing.h"

namespace nightwatt::io {

using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

// Serial adapters and device servers hand bytes on in lots, some 16 ms apart; a pause inside a
// frame is one of the line only when it is longer.
constexpr milliseconds serial_gap_max{50};
constexpr milliseconds network_gap_max{250};
constexpr microseconds serial_trouble{20'000};
constexpr microseconds network_trouble{50'000};

bool is_serial(const ModbusLine& line) { return line.framing == ModbusFraming::rtu; }

microseconds silence_between_frames(const ModbusLine& line) {
  const int bits = 9 + (line.parity != Parity::none ? 1 : 0) + line.stop_bits;
  return wire::modbus::rtu_timing(static_cast<std::uint32_t>(std::max(line.baud, 1)),
                                  static_cast<std::uint32_t>(bits))
      .between_frames;
}

}  // namespace

RtuLine::RtuLine(DeviceSockets& sockets, const ModbusLine& line, Listener& listener)
    : listener_(listener),
      silence_(sockets.io, *this, silence_between_frames(line),
               std::max(silence_between_frames(line),
                        is_serial(line) ? serial_trouble : network_trouble)),
      unsent_(sockets.deadlines, *this),
      gap_(sockets.deadlines, *this),
      gap_max_(std::max(std::chrono::ceil<milliseconds>(silence_between_frames(line)),
                        is_serial(line) ? serial_gap_max : network_gap_max)) {}

void RtuLine::wait(Clock::time_point not_before, const TimeOut& time) {
  unsent_.set(time);
  silence_.wait(not_before);
}

void RtuLine::frame_sent() {
  unsent_.clear();
  silence_.heard();
  silence_.frame_sent();
}

void RtuLine::inside_frame() { gap_.set(Deadlines::Clock::now() + gap_max_); }

void RtuLine::stop() {
  silence_.stop();
  unsent_.clear();
  gap_.clear();
}

}  // namespace nightwatt::io
