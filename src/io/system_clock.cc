#include "io/system_clock.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>

namespace nightwatt::io {
namespace {

std::chrono::milliseconds read_clock(clockid_t which) {
  timespec t{};
  clock_gettime(which, &t);
  return std::chrono::milliseconds(static_cast<std::int64_t>(t.tv_sec) * 1000 +
                                   t.tv_nsec / 1'000'000);
}

struct Parts {
  int year;
  unsigned month, day;
  std::chrono::hh_mm_ss<std::chrono::milliseconds> time;
};

Parts parts_of(WallTime at) {
  using namespace std::chrono;
  constexpr WallTime first = sys_days(year(0) / 1 / 1);
  constexpr WallTime last = sys_days(year(10'000) / 1 / 1) - milliseconds(1);
  at = std::clamp(at, first, last);
  const auto day_start = floor<days>(at);
  const year_month_day date(day_start);
  return {int(date.year()), unsigned(date.month()), unsigned(date.day()),
          hh_mm_ss<milliseconds>(at - day_start)};
}

}  // namespace

Instant SystemClock::now() const { return Instant(read_clock(CLOCK_BOOTTIME)); }

WallTime SystemClock::wall_now() const { return WallTime(read_clock(CLOCK_REALTIME)); }

std::string rfc3339(WallTime at) {
  const Parts p = parts_of(at);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", p.year, p.month, p.day,
                     p.time.hours().count(), p.time.minutes().count(), p.time.seconds().count(),
                     p.time.subseconds().count());
}

std::string compact_utc(WallTime at) {
  const Parts p = parts_of(at);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", p.year, p.month, p.day,
                     p.time.hours().count(), p.time.minutes().count(), p.time.seconds().count());
}

}  // namespace nightwatt::io
