#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/api.h"
#include "app/commands.h"
#include "app/drivers.h"
#include "app/engine_loop.h"
#include "app/identities.h"
#include "app/log.h"
#include "app/nameplates.h"
#include "app/site_memory.h"
#include "app/traps.h"
#include "config/config.h"
#include "io/history.h"
#include "io/http_server.h"
#include "io/journal.h"
#include "io/machines.h"
#include "io/reentry_flag.h"
#include "io/state_dir.h"
#include "io/system_clock.h"
#include "io/systemd.h"

// The daemon: where the engine meets the world. Holds every door, in the order in which they must
// close, and turns signals into requests.
namespace nightwatt::app {

class Daemon {
 public:
  // Opens everything but the socket. An error is a reason not to start: a state directory in use, a
  // live re-entry flag, a log file that cannot be written.
  static expected<std::unique_ptr<Daemon>, Error> open(const RunOptions& options,
                                                       config::Config config);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Runs until SIGTERM or SIGINT. The socket appears once the engine runs.
  expected<void, Error> run();

  // Behind run(): closes all doors and waits, some seconds at most, for what is to be written.
  // False: a thread that nobody can end (a name server that is silent, a dead disk) still uses what
  // is here. The process must end then without destroying it.
  bool close();

 private:
  Daemon(const RunOptions& options, config::Config config, io::StateDir state_dir, Log log);
  expected<void, Error> open_doors();
  void open_engine();
  void resume_runs();
  void hear_traps(const config::Config& config);
  expected<void, Error> listen();
  void tell(const Notice& notice);
  void say(Severity severity, NoticeKind kind, std::string message);
  void wait_for_signal();
  void on_signal(int signal);
  expected<void, Error> reload();
  void begin_stop();
  void finish_if_idle();
  void finish();
  void feed_watchdog();
  void tell_systemd();
  void remember_reads();
  void tidy_memory();
  void remember_comm(bool all);
  void remember_ages(ports::RecordComm& record, Instant now);

  RunOptions options_;
  config::Config config_;  // its site and endpoints went to the engine and the links
  io::StateDir state_dir_;
  io::SystemClock clock_{};
  Log log_;
  SiteMemory memory_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer stop_timer_;
  boost::asio::steady_timer watchdog_timer_;
  io::Systemd systemd_{};
  boost::asio::steady_timer systemd_timer_;
  boost::asio::steady_timer reads_timer_;
  boost::asio::steady_timer memory_timer_;
  std::unique_ptr<io::SqliteHistory> history_{};
  std::unique_ptr<io::SqliteJournal> journal_{};
  std::unique_ptr<io::FlagFiles> flags_{};
  std::unique_ptr<io::StepThreads> machines_{};
  Nameplates nameplates_{clock_};
  std::unique_ptr<Drivers> drivers_{};
  std::unique_ptr<Traps> traps_{};
  std::unique_ptr<EngineLoop> loop_{};
  std::unique_ptr<Api> api_{};
  std::unique_ptr<io::HttpServer> server_{};
  Identities identities_{};  // of the members, until they were read and recorded
  // Of each device, what was written of it; another one's number is worth a record.
  std::vector<std::uint32_t> comm_changes_{};
  std::vector<Instant> comm_heard_{};  // of each device, the newest answer that was written
  Instant ages_written_{};
  std::uint32_t ages_turn_ = 0;          // the device whose ages are looked at next
  std::vector<std::string> warnings_{};  // of the configuration, told at start
  bool stopping_ = false;
  bool finished_ = false;
};

}  // namespace nightwatt::app
