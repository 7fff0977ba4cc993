#include "app/metrics.h"

#include <fmt/format.h>

#include <span>

#include "app/metrics_family.h"
#include "version_info.h"

namespace nightwatt::app {

// Backslash, quote and line feed are escaped; the rest is UTF-8 as it is.
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

namespace {

constexpr std::uint32_t portion = 256;  // things a turn

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

void add_totals(std::string& out, const core::Engine& engine) {
  out += fmt::format(
      "# HELP nightwatt_late_replies_total Answers to messages that had been given up.\n"
      "# TYPE nightwatt_late_replies_total counter\nnightwatt_late_replies_total {}\n"
      "# HELP nightwatt_orders_total Orders since the start that ended so, refused ones included.\n"
      "# TYPE nightwatt_orders_total counter\n",
      engine.comm().late_replies());
  for (const auto outcome :
       {ControlOutcome::ok, ControlOutcome::refused, ControlOutcome::unknown}) {
    out += fmt::format("nightwatt_orders_total{{{}}} {}\n", label("outcome", to_string(outcome)),
                       engine.orders_ended(outcome));
  }
}

}  // namespace

bool MetricsWriter::write(std::string& out) {
  const Here here{loop_, loop_.engine(), clock_.now()};
  if (family_ == 0 && next_ == 0) {
    add_totals(out, here.engine);
    out += fmt::format(
        "# HELP nightwatt_build_info Which Nightwatt this is.\n# TYPE nightwatt_build_info gauge\n"
        "nightwatt_build_info{{{}}} 1\n"
        "# HELP nightwatt_events_dropped_total Events that the history could not keep.\n"
        "# TYPE nightwatt_events_dropped_total counter\nnightwatt_events_dropped_total {}\n",
        label("version", version_info::number), history_.dropped());
  }
  const std::span<const Family> devices = device_families();
  const Family& family =
      family_ < devices.size() ? devices[family_] : families[family_ - devices.size()];
  if (next_ == 0) {
    out += fmt::format("# HELP nightwatt_{0} {1}\n# TYPE nightwatt_{0} {2}\n", family.name,
                       family.help, family.type);
  }
  const auto count = static_cast<std::uint32_t>(count_of(family.of, here.engine.site()));
  const std::uint32_t end = std::min(count, next_ + portion);
  for (; next_ < end; ++next_) family.write(here, next_, {out, family.name});
  if (next_ < count) return false;
  next_ = 0;
  return ++family_ == devices.size() + std::size(families);
}

}  // namespace nightwatt::app
