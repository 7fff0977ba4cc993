#include "wire/modbus/exception.h"

namespace nightwatt::wire::modbus {

std::string_view exception_name(std::uint8_t code) {
  switch (code) {
    case illegal_function: return "illegal function";
    case illegal_data_address: return "illegal data address";
    case illegal_data_value: return "illegal data value";
    case server_device_failure: return "server device failure";
    case acknowledge: return "acknowledge: accepted, still being done";
    case server_device_busy: return "server device busy";
    case negative_acknowledge: return "negative acknowledge";
    case memory_parity_error: return "memory parity error";
    case gateway_path_unavailable: return "gateway path unavailable";
    case gateway_target_silent: return "gateway target device failed to respond";
    default: return "not a code of the specification";
  }
}

std::string exception_text(std::uint8_t code) {
  return "exception " + std::to_string(code) + " (" + std::string(exception_name(code)) + ")";
}

}  // namespace nightwatt::wire::modbus
