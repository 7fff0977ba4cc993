#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

// A socat process: pairs of pseudo terminals that stand for a serial line, and a serial device
// server that puts one on the network. Ended by its process id; dies with the test.
namespace nightwatt::peers {

class Socat {
 public:
  // Empty when socat is here; else why not, for GTEST_SKIP.
  static std::string missing();

  // `arguments` as on a command line; `paths` must exist before start() returns.
  Socat(std::vector<std::string> arguments, std::vector<std::string> paths);
  ~Socat() { kill(); }
  Socat(const Socat&) = delete;
  Socat& operator=(const Socat&) = delete;

  void start();
  void kill();  // the paths are gone afterwards

  // Two ends of a serial line.
  static std::vector<std::string> line(const std::string& a, const std::string& b);

 private:
  std::vector<std::string> arguments_;
  std::vector<std::string> paths_;
  pid_t pid_ = 0;
};

}  // namespace nightwatt::peers
