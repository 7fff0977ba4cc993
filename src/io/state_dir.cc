#include "io/state_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "io/file_text.h"

namespace nightwatt::io {
namespace {

constexpr const char* lock_name = "/nightwatt.lock";

// Makes the parents 0755 and the directory itself 0700; one that exists keeps its mode.
int make_directory(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string parent = path.substr(0, slash);
    if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) return errno;
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return errno;
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return errno;
  return S_ISDIR(found.st_mode) ? 0 : ENOTDIR;
}

unexpected<Error> in_use(const std::string& path, const std::string& lock_file) {
  const auto text = read_small_file(lock_file, 32);
  std::string pid;
  for (const char c : text ? *text : std::string()) {
    if (c < '0' || c > '9') break;
    pid += c;
  }
  return fail(Errc::io_failed, "state directory " + path + " is in use by " +
                                   (pid.empty() ? "another process" : "PID " + pid));
}

}  // namespace

expected<StateDir, Error> StateDir::open(const std::string& given) {
  std::string path = given;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path.empty()) return fail(Errc::io_failed, "state directory: the name is empty");
  if (const int error = make_directory(path); error != 0)
    return fail(Errc::io_failed,
                "state directory " + path + " cannot be created: " + errno_text(error));

  const std::string lock_file = path + lock_name;
  Descriptor lock(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock)
    return fail(Errc::io_failed,
                "state directory " + path + " cannot be written: " + errno_text(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return in_use(path, lock_file);
    return fail(Errc::io_failed, lock_file + ": " + errno_text(errno));
  }
  // The PID is for people only; a full disk must not keep us from starting.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.get(), 0) == 0) static_cast<void>(write_all(lock.get(), pid));
  return StateDir(std::move(path), lock.release());
}

StateDir::StateDir(StateDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateDir& StateDir::operator=(StateDir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

// The file stays: removing it would race with a starting process that has it open.
StateDir::~StateDir() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace nightwatt::io
