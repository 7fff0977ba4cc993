#include "bench/compare/collectd.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bench/compare/child.h"

namespace nightwatt::bench {
namespace {
constexpr const char* program = "/usr/sbin/collectd";
}

bool Collectd::installed() { return ::access(program, X_OK) == 0; }

Collectd::Collectd(const std::function<std::string(const std::string&)>& config) {
  std::string folder =
      (std::filesystem::temp_directory_path() / "nightwatt-collectd-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) std::exit(1);
  folder_ = folder;
  std::ofstream(folder_ + "/collectd.conf") << config(folder_);
  std::ofstream(folder_ + "/types.db", std::ios::app);  // it wants one
  pid_ = start_program({program, "-f", "-C", folder_ + "/collectd.conf"}, folder_ + "/log");
}

Collectd::~Collectd() {
  end_child(pid_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Collectd::end_within(double seconds) {
  wait_until(seconds, [this] { return has_ended(pid_); });
  const std::string state = state_of(pid_);
  if (state != "running") pid_ = -1;
  return state;
}

std::string Collectd::last_words() const {
  std::ifstream log(folder_ + "/log");
  std::string line;
  std::string last;
  while (std::getline(log, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace nightwatt::bench
