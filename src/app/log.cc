#include "app/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cctype>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "app/terminal.h"
#include "io/system_clock.h"
#include "io/worker.h"

namespace nightwatt::app {
namespace {

constexpr std::size_t queue_lines_max = 8192;
constexpr Duration patience_at_exit{1'000};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

// sd-daemon(3) priorities: journald reads "<4>" at the head of a line as its level.
int syslog_priority(Severity severity) {
  switch (severity) {
    case Severity::debug: return 7;
    case Severity::info: return 6;
    case Severity::warning: return 4;
    case Severity::error: return 3;
    case Severity::alarm: return 1;
  }
  return 6;
}

// "UPS-A: it answers": the subject once, although many messages begin with it, because an event
// has to be readable without its other fields.
std::string with_subject(const Notice& notice) {
  const std::string head = (notice.subject.empty() ? "nightwatt" : notice.subject) + ": ";
  return notice.message.starts_with(head) ? notice.message : head + notice.message;
}

// Nothing in it looks like a line of its own: what others say is in it, too. `priority` heads each
// line where it is read by lines.
std::string as_one_entry(std::string_view text, std::string_view priority = "") {
  std::string out(priority);
  for (;;) {
    const std::size_t end = text.find('\n');
    out += printable(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += fmt::format("\n{}    ", priority);
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string text_line(const Notice& notice, WallTime at) {
  return fmt::format("{} {:<7} {}", io::rfc3339(at), upper(to_string(notice.severity)),
                     as_one_entry(with_subject(notice)));
}

std::string json_line(const Notice& notice, WallTime at) {
  nlohmann::ordered_json out;
  out["time"] = io::rfc3339(at);
  out["severity"] = to_string(notice.severity);
  out["kind"] = to_string(notice.kind);
  out["subject"] = notice.subject;
  out["message"] = notice.message;
  if (!notice.details.empty()) {
    auto& details = out["details"];
    for (const auto& [key, value] : notice.details) details[key] = value;
  }
  // Device text may be anything: what is not UTF-8 is replaced, never thrown over.
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The lines that wait for their thread. (spdlog has such a queue; it takes the room of 8,192 lines,
// three megabytes, from the start and for ever.)
struct Log::Lines {
  std::shared_ptr<spdlog::logger> logger{};
  std::mutex mutex{};
  std::deque<std::string> waiting{};
  bool writing = false;  // a job of the thread is posted or runs

  // For the thread: what waits now, and what comes meanwhile.
  void write_all() {
    std::unique_lock lock(mutex);
    while (!waiting.empty()) {
      const std::string line = std::move(waiting.front());
      waiting.pop_front();
      const auto to = logger;
      lock.unlock();
      to->log(spdlog::level::info, "{}", line);
      lock.lock();
    }
    std::deque<std::string>().swap(waiting);
    writing = false;
  }
};

namespace {

expected<std::shared_ptr<spdlog::logger>, Error> logger_to(const std::string& file) {
  std::vector<spdlog::sink_ptr> sinks;
  sinks.push_back(std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (!file.empty()) {
    try {
      sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(file));
    } catch (const spdlog::spdlog_ex& problem) {
      return fail(Errc::io_failed, fmt::format("log file {}: {}", file, problem.what()));
    }
  }
  auto logger = std::make_shared<spdlog::logger>("nightwatt", sinks.begin(), sinks.end());
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

}  // namespace

expected<Log, Error> Log::open(const LogSettings& settings) {
  Log out;
  out.lines_ = std::make_shared<Lines>();
  if (auto opened = out.reopen(settings); !opened) return unexpected<Error>(opened.error());
  out.thread_ = std::make_unique<io::Worker>("nw-log");
  return out;
}

expected<void, Error> Log::reopen(const LogSettings& settings) {
  auto logger = logger_to(settings.file);
  if (!logger) return unexpected<Error>(logger.error());
  settings_ = settings;
  journald_ = std::getenv("JOURNAL_STREAM") != nullptr && settings.file.empty();
  const std::lock_guard lock(lines_->mutex);
  lines_->logger = std::move(*logger);
  return {};
}

Log::Log() = default;
Log::Log(Log&&) noexcept = default;
Log& Log::operator=(Log&&) noexcept = default;
Log::~Log() { stop(); }

bool Log::stop() { return !thread_ || thread_->stop(patience_at_exit); }

void Log::hand_over(std::string line) const {
  const std::lock_guard lock(lines_->mutex);
  if (lines_->waiting.size() >= queue_lines_max) lines_->waiting.pop_front();
  lines_->waiting.push_back(std::move(line));
  if (std::exchange(lines_->writing, true)) return;
  thread_->post([lines = lines_] { lines->write_all(); });
}

void Log::write(const Notice& notice, WallTime at) const {
  if (notice.severity < settings_.level) return;
  std::string text =
      settings_.format == LogFormat::json ? json_line(notice, at) : text_line(notice, at);
  if (journald_ && settings_.format == LogFormat::text) {
    text =
        as_one_entry(with_subject(notice), fmt::format("<{}>", syslog_priority(notice.severity)));
  }
  hand_over(std::move(text));
}

void Log::line(Severity severity, const std::string& text) const {
  Notice notice;
  notice.severity = severity;
  notice.kind = NoticeKind::daemon;
  notice.message = text;
  write(notice, io::SystemClock().wall_now());
}

}  // namespace nightwatt::app
