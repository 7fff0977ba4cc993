// Metrics of devices.
#include "app/metrics_family.h"
#include "app/variables_json.h"

namespace nightwatt::app {
namespace {

std::string device_label(const Here& here, std::uint32_t i) {
  return label("device", here.engine.site().devices[i].name);
}

template <class F>
void each_path(const Here& here, std::uint32_t i, const Page& page, F value) {
  const core::DeviceView view = here.engine.comm().view(DeviceId{i}, here.now);
  for (const core::PathView& path : view.paths) {
    page.sample(fmt::format("{},path=\"{}\",{}", device_label(here, i), path.rank.value,
                            label("comm", path.comm_name)),
                value(path));
  }
}

constexpr double none = std::numeric_limits<double>::quiet_NaN();

void member_state(const Here& here, std::uint32_t i, const Page& page) {
  const core::MemberView* member = here.engine.member(DeviceId{i});
  if (member == nullptr) return;
  page.sample(device_label(here, i) + "," + label("state", to_string(member->state)), 1);
}
void reading_age(const Here& here, std::uint32_t i, const Page& page) {
  const auto view = here.engine.comm().view(DeviceId{i}, here.now);
  if (view.last_reading) page.sample(device_label(here, i), seconds(here.now - *view.last_reading));
}
void active_line(const Here& here, std::uint32_t i, const Page& page) {
  page.sample(device_label(here, i), here.engine.comm().active(DeviceId{i}).value);
}
void primary_failed_over(const Here& here, std::uint32_t i, const Page& page) {
  const auto view = here.engine.comm().view(DeviceId{i}, here.now);
  page.sample(device_label(here, i), view.primary_failed_over ? 1 : 0);
}
void success_hour(const Here& here, std::uint32_t i, const Page& page) {
  const auto view = here.engine.comm().view(DeviceId{i}, here.now);
  page.sample(device_label(here, i), view.success_hour ? *view.success_hour / 100 : none);
}
void success_day(const Here& here, std::uint32_t i, const Page& page) {
  const auto view = here.engine.comm().view(DeviceId{i}, here.now);
  page.sample(device_label(here, i), view.success_day ? *view.success_day / 100 : none);
}
void polls_skipped(const Here& here, std::uint32_t i, const Page& page) {
  page.sample(device_label(here, i), here.engine.comm().view(DeviceId{i}, here.now).polls_skipped);
}
void failovers(const Here& here, std::uint32_t i, const Page& page) {
  each_path(here, i, page, [](const core::PathView& path) { return double(path.failovers); });
}
void path_up(const Here& here, std::uint32_t i, const Page& page) {
  each_path(here, i, page, [](const core::PathView& path) {
    return path.usable && path.condition != core::PathCondition::failing ? 1.0 : 0.0;
  });
}
void attempts(const Here& here, std::uint32_t i, const Page& page) {
  each_path(here, i, page, [](const core::PathView& path) { return double(path.attempts); });
}
void failures(const Here& here, std::uint32_t i, const Page& page) {
  each_path(here, i, page, [](const core::PathView& path) { return double(path.failures); });
}
void latency(const Here& here, std::uint32_t i, const Page& page) {
  each_path(here, i, page,
            [](const core::PathView& path) { return path.latency_ms.value_or(none) / 1000; });
}
void latency_p95(const Here& here, std::uint32_t i, const Page& page) {
  each_path(here, i, page,
            [](const core::PathView& path) { return path.latency_p95_ms.value_or(none) / 1000; });
}
void loss(const Here& here, std::uint32_t i, const Page& page) {
  each_path(here, i, page, [](const core::PathView& path) { return path.loss_percent / 100; });
}
void comm_info(const Here& here, std::uint32_t i, const Page& page) {
  const auto view = here.engine.comm().view(DeviceId{i}, here.now);
  page.sample(
      fmt::format("{},{},{},{}", device_label(here, i), label("active", view.active_comm),
                  label("primary", view.primary_comm), label("secondary", view.secondary_comm)),
      1);
}
void unreachable(const Here& here, std::uint32_t i, const Page& page) {
  page.sample(device_label(here, i), here.engine.comm().view(DeviceId{i}, here.now).dead);
}
void frozen(const Here& here, std::uint32_t i, const Page& page) {
  const auto view = here.engine.comm().view(DeviceId{i}, here.now);
  page.sample(device_label(here, i), view.frozen_until.has_value());
}
void failover_dry_run(const Here& here, std::uint32_t i, const Page& page) {
  page.sample(device_label(here, i), here.engine.comm().view(DeviceId{i}, here.now).dry_run);
}
void flaps(const Here& here, std::uint32_t i, const Page& page) {
  page.sample(device_label(here, i), here.engine.comm().view(DeviceId{i}, here.now).flaps);
}
void last_ok_age(const Here& here, std::uint32_t i, const Page& page) {
  each_path(here, i, page, [&](const core::PathView& path) {
    return path.last_ok ? seconds(here.now - *path.last_ok) : none;
  });
}
// Each name once, or a scrape would refuse the whole page.
void variable(const Here& here, std::uint32_t i, const Page& page) {
  const DeviceId id{i};
  const core::Site& site = here.engine.site();
  const std::string head = device_label(here, i) + ",";
  const auto write = [&](std::string_view name, double value) {
    page.sample(head + label("name", name), value);
  };
  if (const Reading* reading = here.engine.newest_reading(id)) {
    for (std::uint16_t v = 0; v < variable_count; ++v) {
      const auto value = reading->values.get(static_cast<Variable>(v));
      if (value) write(variable_name(site, VariableId{v}), *value);
    }
    for (const OtherValue& other : reading->others) {
      write(variable_name(site, other.variable), other.number);
    }
  }
  for (const core::LatestValue& each : beside_reading(here.engine, id)) {
    if (each.variable != status_variable) write(variable_name(site, each.variable), each.number);
  }
  for (const ShownNumber& each : numbers_beside_engine(here.loop, id))
    write(each.name, each.number);
}

constexpr Family families[] = {
    {"member_state", "gauge", "State of a UPS; 1 for the one it is in.", Of::device, member_state},
    {"reading_age_seconds", "gauge", "Age of the last reading, over any path.", Of::device,
     reading_age},
    {"comm_active_line", "gauge", "Rank of the active path, 1 is primary (SYDEVCOMLN).", Of::device,
     active_line},
    {"comm_primary_failed_over", "gauge",
     "1: it left its primary and had no success there since (SYDEVPRFO).", Of::device,
     primary_failed_over},
    {"comm_success_hour_ratio", "gauge", "Answered messages of all, over the last hour.",
     Of::device, success_hour},
    {"comm_success_day_ratio", "gauge", "Answered messages of all, over the last day.", Of::device,
     success_day},
    {"polls_skipped_total", "counter", "Polls due while the one before still waited.", Of::device,
     polls_skipped},
    {"comm_failovers_total", "counter", "Automatic moves away from this path (SYDEVFO1..n).",
     Of::device, failovers},
    {"comm_info", "gauge", "Always 1: ids of its paths (SYDEVCOMID, SYDEVPCOM, SYDEVSCOM).",
     Of::device, comm_info},
    {"device_unreachable", "gauge", "1: none of its paths answers.", Of::device, unreachable},
    {"device_frozen", "gauge", "1: a person keeps it from moving by itself.", Of::device, frozen},
    {"device_failover_dry_run", "gauge", "1: it says when it would move, and stays.", Of::device,
     failover_dry_run},
    {"device_flaps", "gauge", "Departures from primary in a row, each soon after the last.",
     Of::device, flaps},
    {"path_up", "gauge", "1: usable, and its last attempt did not fail.", Of::device, path_up},
    {"path_last_ok_age_seconds", "gauge", "Since this path last answered; none: never.", Of::device,
     last_ok_age},
    {"path_attempts_total", "counter", "Messages tried over this path.", Of::device, attempts},
    {"path_failures_total", "counter", "Attempts over this path that failed.", Of::device,
     failures},
    {"path_latency_seconds", "gauge", "Weighted mean of recent answers.", Of::device, latency},
    {"path_latency_p95_seconds", "gauge", "Estimated 95th percentile of recent answers.",
     Of::device, latency_p95},
    {"path_loss_ratio", "gauge", "Attempts without an answer, recent ones weigh more.", Of::device,
     loss},
    {"variable", "gauge", "What it said last, by NUT's name and in NUT's unit.", Of::device,
     variable},
};

}  // namespace

std::span<const Family> device_families() { return families; }

}  // namespace nightwatt::app
