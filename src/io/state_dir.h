#pragma once

#include <string>

#include "base/error.h"

// The daemon's state directory, held by one process at a time.
namespace nightwatt::io {

class StateDir {
 public:
  // Creates the directory with mode 0700 (its parents must exist or are made 0755) and takes its
  // lock file nightwatt.lock. Errors: cannot be created, cannot be written, in use by PID n.
  static expected<StateDir, Error> open(const std::string& path);
  StateDir(StateDir&& other) noexcept;
  StateDir& operator=(StateDir&& other) noexcept;
  ~StateDir();  // releases the lock

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  StateDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_ = -1;  // descriptor that holds the flock(2)
};

}  // namespace nightwatt::io
