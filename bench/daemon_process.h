#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

// The real program as a process: started, timed, looked at from outside, ended.
namespace nightwatt::bench {

struct BenchSite {
  std::size_t devices = 0;
  std::size_t per_upsd = 1;  // UPSes behind one connection
  std::uint16_t port = 0;    // of the responder
};
// A configuration of so many UPSes with two paths each, in redundancy groups of two.
std::string config_text(const BenchSite& site);

// A folder for one configuration, its state and its socket; removed at the end.
class Workplace {
 public:
  explicit Workplace(const std::string& config);
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  std::string file(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

struct Finished {
  double wall_s = 0;
  double cpu_s = 0;
  std::size_t peak_bytes = 0;
  int exit_code = -1;
};
// `nightwatt validate`, its output thrown away.
Finished validate(const Workplace& place);

class DaemonProcess {
 public:
  // Starts `nightwatt run` and returns when its socket is there.
  explicit DaemonProcess(const Workplace& place);
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  double start_s() const { return start_s_; }  // until the socket was there
  double cpu_us() const;                       // since it began, all threads
  pid_t pid() const { return pid_; }
  std::size_t resident_bytes() const;
  std::size_t peak_bytes() const;

 private:
  pid_t pid_;
  double start_s_ = 0;
};

}  // namespace nightwatt::bench
