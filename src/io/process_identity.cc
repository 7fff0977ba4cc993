#include "io/process_identity.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "io/file_text.h"

namespace nightwatt::io {
namespace {

struct Stat {
  char state = '?';
  std::uint64_t start_time = 0;
};

// PID (comm) state ppid ...: everything after the *last* ")" is blank-separated, state is field 3.
std::optional<Stat> parse_stat(std::string_view stat) {
  const std::size_t comm_end = stat.rfind(')');
  if (comm_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = stat.substr(comm_end + 1);
  Stat result;
  for (int field = 3;; ++field) {
    const std::size_t begin = rest.find_first_not_of(" \n");
    if (begin == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(begin);
    const std::string_view word = rest.substr(0, rest.find_first_of(" \n"));
    if (field == 3) result.state = word[0];
    if (field == 22) {
      const auto [end, error] =
          std::from_chars(word.data(), word.data() + word.size(), result.start_time);
      if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
      return result;
    }
    rest.remove_prefix(word.size());
  }
}

std::optional<Stat> stat_of(pid_t pid) {
  const auto text = read_small_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  return text ? parse_stat(*text) : std::nullopt;
}

}  // namespace

std::string boot_id() {
  auto text = read_small_file("/proc/sys/kernel/random/boot_id", 64);
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *text;
}

ProcessIdentity own_identity() { return {::getpid(), start_time_of(::getpid()), boot_id()}; }

std::optional<std::uint64_t> start_time_in_stat(std::string_view stat) {
  const auto parsed = parse_stat(stat);
  if (!parsed) return std::nullopt;
  return parsed->start_time;
}

std::optional<std::uint64_t> start_time_of(pid_t pid) {
  const auto stat = stat_of(pid);
  if (!stat) return std::nullopt;
  return stat->start_time;
}

bool is_running(const ProcessIdentity& process) {
  if (process.pid <= 0) return false;
  if (!process.boot_id.empty()) {
    const std::string here = boot_id();
    if (!here.empty() && here != process.boot_id) return false;
  }
  const auto stat = stat_of(process.pid);
  if (!stat) return ::kill(process.pid, 0) == 0 || errno == EPERM;  // /proc may be hidden from us
  if (stat->state == 'Z' || stat->state == 'X') return false;
  return !process.start_time || *process.start_time == stat->start_time;
}

}  // namespace nightwatt::io
