#include "io/reentry_flag.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "io/file_text.h"
#include "io/system_clock.h"
#include "io/worker.h"

namespace nightwatt::io {
namespace {

constexpr std::string_view prefix = "ups-shutdown-redundancy-";
constexpr std::size_t name_max = 150;  // a file name has 255 bytes at most
constexpr Duration patience_at_exit{2'000};

bool stands_as_it_is(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool same_process(const ProcessIdentity& a, const ProcessIdentity& b) {
  return a.pid == b.pid && a.start_time == b.start_time && a.boot_id == b.boot_id;
}

// What stands at a flag's path.
struct Found {
  enum class What { nothing, own, live, stray, obstacle } what = What::nothing;
  pid_t pid = 0;         // of the owner; 0: none that can be read
  std::string why = {};  // of a stray or an obstacle
};

Found inspect(const std::string& path, const ProcessIdentity& self) {
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return {};
    return {Found::What::obstacle, 0, errno_text(errno)};
  }
  if (S_ISDIR(file.st_mode)) return {Found::What::obstacle, 0, "it is a directory"};
  if (!S_ISREG(file.st_mode)) return {Found::What::stray, 0, "it is not a regular file"};
  const auto text = read_small_file(path, 4096);
  if (!text) {
    if (text.error().code == Errc::not_found) return {};
    return {Found::What::obstacle, 0, text.error().what};
  }
  const auto owner = flag_owner(*text);
  if (!owner) return {Found::What::stray, 0, "no owner can be read from it"};
  if (same_process(*owner, self)) return {Found::What::own, owner->pid, {}};
  if (is_running(*owner)) return {Found::What::live, owner->pid, {}};
  return {Found::What::stray, owner->pid, fmt::format("its owner, PID {}, is gone", owner->pid)};
}

// Exclusive and complete at once: nobody ever sees a flag without its owner, because the text is
// written beside it and linked into place. Returns errno, 0 when created.
int create(const std::string& path, const ProcessIdentity& self, const std::string& text) {
  const std::string beside = fmt::format("{}.{}.new", path, self.pid);
  ::unlink(beside.c_str());
  Descriptor file(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return errno;
  int error = write_all(file.get(), text);
  if (error == 0 && ::link(beside.c_str(), path.c_str()) != 0) error = errno;
  ::unlink(beside.c_str());
  return error;
}

// A full disk is let through: a flag that cannot be written does not suppress (shutdown.md).
expected<void, Error> probe_directory(const std::string& directory, pid_t pid) {
  const std::string path = fmt::format("{}/.{}probe.{}", directory, prefix, pid);
  ::unlink(path.c_str());
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file && errno != ENOSPC && errno != EDQUOT)
    return fail(Errc::io_failed, fmt::format("run directory {} cannot be written: {}", directory,
                                             errno_text(errno)));
  ::unlink(path.c_str());
  return {};
}

}  // namespace

struct FlagFiles::Shared {
  std::string directory;
  const ports::Clock* clock = nullptr;
  ports::EventSink sink;
  ProcessIdentity self = own_identity();
  Worker worker{"nw-flags"};

  std::string path_of(std::string_view group) const {
    return directory + "/" + flag_file_name(group);
  }
};

namespace {

FlagAnswered claim_file(const std::string& path, const ProcessIdentity& self,
                        const std::string& text, bool replace_stray) {
  FlagAnswered answered{{}, FlagAnswer::write_failed, path, {}};
  for (int attempt = 0; attempt < 3; ++attempt) {
    const int error = create(path, self, text);
    if (error == 0) {
      answered.answer = FlagAnswer::created;
      return answered;
    }
    if (error != EEXIST) {
      answered.detail = errno_text(error);
      return answered;
    }
    const Found found = inspect(path, self);
    switch (found.what) {
      case Found::What::nothing:  // gone again: another try
        continue;
      case Found::What::own: answered.answer = FlagAnswer::created; return answered;
      case Found::What::live:
        answered.answer = FlagAnswer::present_live;
        answered.detail = fmt::format("owned by running PID {}", found.pid);
        return answered;
      case Found::What::stray:
      case Found::What::obstacle:
        answered.answer = FlagAnswer::present_stray;
        answered.detail = found.why;
        if (!replace_stray || found.what == Found::What::obstacle) return answered;
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
          answered.detail += "; it cannot be removed: " + errno_text(errno);
          return answered;
        }
        answered.detail = "replaced a stray flag: " + found.why;
    }
  }
  return answered;  // somebody creates and removes it as fast as we do
}

}  // namespace

std::string flag_file_name(std::string_view group) {
  std::string safe;
  for (const char c : group.substr(0, name_max)) safe += stands_as_it_is(c) ? c : '_';
  const bool as_it_is = safe == group;
  // "~" never stands in an unchanged name, so no plain name can equal a hashed one.
  return as_it_is && !group.empty() ? fmt::format("{}{}", prefix, safe)
                                    : fmt::format("{}{}~{:016x}", prefix, safe, fnv1a(group));
}

std::string flag_text(const ProcessIdentity& owner, std::string_view created_at) {
  return fmt::format("pid={}\nstart_time={}\nboot_id={}\ncreated_at={}\n", owner.pid,
                     owner.start_time ? std::to_string(*owner.start_time) : "", owner.boot_id,
                     created_at);
}

std::optional<ProcessIdentity> flag_owner(std::string_view text) {
  ProcessIdentity owner;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (key == "pid") owner.pid = number<pid_t>(value).value_or(0);
    if (key == "start_time") owner.start_time = number<std::uint64_t>(value);
    if (key == "boot_id") owner.boot_id = value;
  }
  if (owner.pid <= 0) return std::nullopt;
  return owner;
}

FlagFiles::FlagFiles(std::string directory, const ports::Clock& clock, ports::EventSink sink)
    : shared_(std::make_shared<Shared>()) {
  shared_->directory = std::move(directory);
  shared_->clock = &clock;
  shared_->sink = std::move(sink);
}

FlagFiles::~FlagFiles() { stop(); }

bool FlagFiles::stop() { return shared_->worker.stop(patience_at_exit); }

expected<void, Error> FlagFiles::clear_at_start(std::span<const std::string> groups) {
  if (auto writable = probe_directory(shared_->directory, shared_->self.pid); !writable)
    return writable;
  for (const std::string& group : groups) {
    const std::string path = path_of(group);
    const std::string refused =
        fmt::format("Cannot clear redundancy shutdown flag for '{}' at startup: ", group);
    const Found found = inspect(path, shared_->self);
    switch (found.what) {
      case Found::What::nothing: continue;
      case Found::What::live:
        return fail(Errc::io_failed,
                    fmt::format("{}active redundancy shutdown flag {} is owned by running PID {}",
                                refused, path, found.pid));
      case Found::What::obstacle:
        return fail(Errc::io_failed,
                    fmt::format("{}{} cannot be inspected: {}", refused, path, found.why));
      case Found::What::own:
      case Found::What::stray:
        if (::unlink(path.c_str()) != 0 && errno != ENOENT)
          return fail(Errc::io_failed,
                      fmt::format("{}{} cannot be removed: {}", refused, path, errno_text(errno)));
    }
  }
  return {};
}

void FlagFiles::claim(GroupId id, const std::string& group, bool replace_stray) {
  const std::string text = flag_text(shared_->self, rfc3339(shared_->clock->wall_now()));
  auto job = [self = shared_->self, sink = shared_->sink, path = path_of(group), text, id,
              replace_stray] {
    FlagAnswered answered = claim_file(path, self, text, replace_stray);
    answered.group = id;
    sink(std::move(answered));
  };
  shared_->worker.post(std::move(job));
}

void FlagFiles::clear(const std::string& group) {
  auto job = [self = shared_->self, path = path_of(group)] {
    // When this fails, our own next claim still succeeds on it.
    const Found found = inspect(path, self);
    const bool nobodys = found.what == Found::What::own || found.what == Found::What::stray;
    if (nobodys) ::unlink(path.c_str());
  };
  shared_->worker.post(std::move(job));
}

std::string FlagFiles::path_of(const std::string& group) const { return shared_->path_of(group); }

}  // namespace nightwatt::io
