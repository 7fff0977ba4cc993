#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

// Small files as text, and a descriptor that closes itself.
namespace nightwatt::io {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

// "permission denied": strerror in the style of our messages, lower case.
std::string errno_text(int error);

// At most `limit` bytes from the start. Errors name the file. Never blocks on a FIFO.
expected<std::string, Error> read_small_file(const std::string& path, std::size_t limit);
// Writes all of it; errno of the failure, or 0.
int write_all(int fd, std::string_view text);

}  // namespace nightwatt::io
