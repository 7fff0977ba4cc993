#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "bench/compare/rows.h"
#include "bench/compare/sites.h"

// Debian's collectd, as the peer that polls the same devices (package collectd-core).
namespace nightwatt::bench {

class Collectd {
 public:
  static bool installed();

  // Nothing, and a note in the table, when it is not installed.
  template <class Site>
  static std::unique_ptr<Collectd> start(const Site& site) {
    if (!installed()) {
      note("collectd is not installed");
      return nullptr;
    }
    return std::make_unique<Collectd>(
        [&site](const std::string& folder) { return collectd_config(site, folder); });
  }

  // `config` makes the configuration, given the folder for its files.
  explicit Collectd(const std::function<std::string(const std::string& folder)>& config);
  ~Collectd();
  Collectd(const Collectd&) = delete;
  Collectd& operator=(const Collectd&) = delete;

  // Only as long as it lives.
  pid_t pid() const { return pid_; }
  // Waits for its end, for so long; "running", or how it ended.
  std::string end_within(double seconds);
  std::string last_words() const;  // the last line of its log

 private:
  std::string folder_;
  pid_t pid_ = -1;
};

}  // namespace nightwatt::bench
