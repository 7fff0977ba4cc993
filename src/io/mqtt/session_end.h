#pragma once

#include <string>
#include <string_view>

#include "model/comm.h"

namespace nightwatt::io {

// Why a session with a broker ended, or never began.
struct SessionEnd {
  MessageFailure failure{};
  std::string text{};
  bool elsewhere = false;  // another address of the broker may do better
};

// From what libmosquitto returned, errno after it, why the broker's certificate was refused (empty:
// it was not) and its last log line of an error.
SessionEnd session_end(int result, int problem, const std::string& certificate,
                       std::string_view log);

// The broker's answer to CONNECT (MQTT 3.1.1, table 3.1): 1 to 5.
SessionEnd connack_refusal(int answer);

}  // namespace nightwatt::io
