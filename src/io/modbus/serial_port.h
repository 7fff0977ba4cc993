#pragma once

#include <string>

#include "base/error.h"
#include "io/file_text.h"
#include "model/endpoint.h"

namespace nightwatt::io {

// Opens a serial port for RTU: raw, 8 bits, speed, parity and stop bits as given, no flow control,
// reads that never wait, nobody else on it, nothing left in its buffers. The error says why in
// words: "no such port", "in use by another program".
expected<Descriptor, std::string> open_serial_port(const ModbusLine& line);

// Is it a speed that serial ports have? 50 to 4,000,000 baud, the kernel's list.
bool is_serial_speed(int baud);

}  // namespace nightwatt::io
