#include "app/metrics.h"

#include <fmt/format.h>

#include <cmath>
#include <span>

#include "version_info.h"

namespace nightwatt::app {
namespace {

constexpr std::uint32_t portion = 256;  // things a turn

// One line of a family; `labels` without braces.
struct Page {
  std::string& out;
  std::string_view name{};
  void sample(const std::string& labels, double value) const {
    if (std::isnan(value)) return;
    out += fmt::format("nightwatt_{}{{{}}} {}\n", name, labels, value);
  }
};

struct Here {
  const EngineLoop& loop;
  const core::Engine& engine;
  Instant now;
};

// Of label values: backslash, quote and line feed are escaped; the rest is UTF-8 as it is.
std::string label(std::string_view name, std::string_view value) {
  std::string out = fmt::format("{}=\"", name);
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

using Write = void (*)(const Here&, std::uint32_t, const Page&);
enum class Of : std::uint8_t { device, comm, group };

struct Family {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  Of of;
  Write write;
};

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
void variable(const Here& here, std::uint32_t i, const Page& page) {
  const Reading* reading = here.engine.newest_reading(DeviceId{i});
  if (reading == nullptr) return;
  const std::string head = device_label(here, i) + ",";
  for (std::size_t v = 0; v < variable_count; ++v) {
    const auto known = static_cast<Variable>(v);
    if (const auto value = reading->values.get(known))
      page.sample(head + label("name", variable_name(known)), *value);
  }
  const auto& names = here.engine.site().other_variables;
  for (const OtherValue& other : reading->others) {
    const std::size_t index = other.variable.value - std::size_t{first_other_variable};
    if (index < names.size()) page.sample(head + label("name", names[index]), other.number);
  }
}

std::string comm_label(const Here& here, std::uint32_t i) {
  return label("comm", here.engine.site().comms[i].name);
}
void comm_state(const Here& here, std::uint32_t i, const Page& page) {
  const CommState state = here.engine.comm().state(CommId{i});
  page.sample(comm_label(here, i) + "," + label("state", to_string(state)), 1);
}
void polls_waiting(const Here& here, std::uint32_t i, const Page& page) {
  page.sample(comm_label(here, i), here.engine.comm().line(CommId{i}).polls_waiting);
}
void active_devices(const Here& here, std::uint32_t i, const Page& page) {
  page.sample(comm_label(here, i), here.engine.comm().line(CommId{i}).active_devices);
}
template <auto member>
void link_stat(const Here& here, std::uint32_t i, const Page& page) {
  if (const ports::DeviceLink* link = here.loop.link(CommId{i}))
    page.sample(comm_label(here, i), static_cast<double>(link->stats().*member));
}

std::string group_label(const Here& here, std::uint32_t i) {
  return label("group", here.engine.site().groups[i].name);
}
void verdict(const Here& here, std::uint32_t i, const Page& page) {
  const auto view = here.engine.group(GroupId{i}, here.now);
  page.sample(group_label(here, i) + "," + label("verdict", to_string(view.verdict)), 1);
}
void healthy(const Here& here, std::uint32_t i, const Page& page) {
  page.sample(group_label(here, i), here.engine.group(GroupId{i}, here.now).count.healthy);
}
void min_healthy(const Here& here, std::uint32_t i, const Page& page) {
  page.sample(group_label(here, i), here.engine.site().groups[i].quorum.min_healthy);
}
void run_state(const Here& here, std::uint32_t i, const Page& page) {
  const auto view = here.engine.group(GroupId{i}, here.now);
  page.sample(group_label(here, i) + "," + label("state", to_string(view.run.state)), 1);
}

using ports::LinkStats;

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
    {"path_up", "gauge", "1: usable, and its last attempt did not fail.", Of::device, path_up},
    {"path_attempts_total", "counter", "Messages tried over this path.", Of::device, attempts},
    {"path_failures_total", "counter", "Attempts over this path that failed.", Of::device,
     failures},
    {"path_latency_seconds", "gauge", "Weighted mean of recent answers.", Of::device, latency},
    {"path_latency_p95_seconds", "gauge", "Estimated 95th percentile of recent answers.",
     Of::device, latency_p95},
    {"path_loss_ratio", "gauge", "Attempts without an answer, recent ones weigh more.", Of::device,
     loss},
    {"variable", "gauge", "A variable of the newest reading, by its NUT name and unit.", Of::device,
     variable},
    {"comm_state", "gauge", "State of a comm device; 1 for the one it is in.", Of::comm,
     comm_state},
    {"comm_polls_waiting", "gauge", "Polls that wait for this comm device.", Of::comm,
     polls_waiting},
    {"comm_active_devices", "gauge", "Devices polled over this comm device now.", Of::comm,
     active_devices},
    {"link_connects_total", "counter", "Connections that came up.", Of::comm,
     link_stat<&LinkStats::connects>},
    {"link_connect_failures_total", "counter", "Connections that did not come up.", Of::comm,
     link_stat<&LinkStats::connect_failures>},
    {"link_requests_total", "counter", "Messages put on the wire.", Of::comm,
     link_stat<&LinkStats::requests>},
    {"link_replies_total", "counter", "Messages answered.", Of::comm,
     link_stat<&LinkStats::replies>},
    {"link_failures_total", "counter", "Messages that failed.", Of::comm,
     link_stat<&LinkStats::failures>},
    {"link_received_bytes_total", "counter", "Bytes received.", Of::comm,
     link_stat<&LinkStats::bytes_in>},
    {"link_sent_bytes_total", "counter", "Bytes sent.", Of::comm, link_stat<&LinkStats::bytes_out>},
    {"group_verdict", "gauge", "Verdict of a group; 1 for the one it has.", Of::group, verdict},
    {"group_healthy_members", "gauge", "Members that count as healthy.", Of::group, healthy},
    {"group_min_healthy", "gauge", "Healthy members that the group needs.", Of::group, min_healthy},
    {"group_run_state", "gauge", "State of the group's plan; 1 for the one it is in.", Of::group,
     run_state},
};

std::size_t count_of(Of of, const core::Site& site) {
  switch (of) {
    case Of::device: return site.devices.size();
    case Of::comm: return site.comms.size();
    case Of::group: return site.groups.size();
  }
  return 0;
}

}  // namespace

bool MetricsWriter::write(std::string& out) {
  const Here here{loop_, loop_.engine(), clock_.now()};
  if (family_ == 0 && next_ == 0) {
    out += fmt::format(
        "# HELP nightwatt_build_info Which Nightwatt this is.\n# TYPE nightwatt_build_info gauge\n"
        "nightwatt_build_info{{{}}} 1\n"
        "# HELP nightwatt_events_dropped_total Events that the history could not keep.\n"
        "# TYPE nightwatt_events_dropped_total counter\nnightwatt_events_dropped_total {}\n",
        label("version", version_info::number), history_.dropped());
  }
  const Family& family = families[family_];
  if (next_ == 0) {
    out += fmt::format("# HELP nightwatt_{0} {1}\n# TYPE nightwatt_{0} {2}\n", family.name,
                       family.help, family.type);
  }
  const auto count = static_cast<std::uint32_t>(count_of(family.of, here.engine.site()));
  const std::uint32_t end = std::min(count, next_ + portion);
  for (; next_ < end; ++next_) family.write(here, next_, {out, family.name});
  if (next_ < count) return false;
  next_ = 0;
  return ++family_ == std::size(families);
}

}  // namespace nightwatt::app
