#include "config/paths.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/address.h"
#include "config/comm_device.h"
#include "config/destinations.h"
#include "config/limits.h"
#include "config/profiles/profiles.h"

namespace nightwatt::config {
namespace {

constexpr std::uint8_t last_rank_with_subsequent_fail = 2;  // R6: primary and first failover

std::optional<CommId> known_comm(Section& section, const Draft& draft) {
  Located<std::string> comm;
  if (!section.name("comm", comm)) {
    if (!section.has("comm"))
      section.out().error(section.pos(), section.label() + " has no 'comm'");
    return {};
  }
  const auto found = draft.comm_ids.find(comm.value);
  if (found != draft.comm_ids.end()) return found->second;
  std::vector<std::string_view> ids;
  constexpr std::size_t compared_max = 2'000;  // a hint is not worth more
  if (draft.comm_ids.size() <= compared_max) {
    for (const auto& [id, unused] : draft.comm_ids) ids.push_back(id);
  }
  section.out().error(
      comm.pos, "unknown comm device '" + comm.value + "'",
      draft.comm_ids.empty() ? "declare it in comm_devices" : meant(comm.value, ids));
  return {};
}

void judge_rank(Section& section, std::uint8_t rank) {
  if (rank > last_rank_with_subsequent_fail && section.has("subsequent_fail")) {
    section.out().error(section.pos_of("subsequent_fail"),
                        section.path("subsequent_fail") + " is not for a second or later failover",
                        "only the primary and the first failover have one");
  }
  if (rank == primary.value && section.has("retry_primary")) {
    section.out().warning(section.pos_of("retry_primary"),
                          section.path("retry_primary") + " does nothing on the primary path",
                          "it belongs to the paths that come back from");
  }
  if (rank == primary.value && section.has("available")) {
    section.out().warning(section.pos_of("available"),
                          section.path("available") + " does nothing on the primary path");
  }
}

ProfilePtr profile_of(Section& section, CommId comm, Draft& draft) {
  const CommEndpoint& endpoint = draft.config.endpoints[comm.value];
  if (section.has("profile")) return read_profile(section, endpoint, draft);
  section.ignore({"profile"});
  const std::string& id = draft.config.site.comms[comm.value].name;
  const ProfilePtr& common = draft.comm_profiles[comm.value];
  if (common == nullptr && endpoint.driver != "nut" && !draft.bad_profiles.contains(id)) {
    section.out().error(section.pos(), section.label() + " has no 'profile'",
                        "'nightwatt profiles' lists those that come with Nightwatt; "
                        "comm_devices['" +
                            id + "'].profile is the default of its paths");
  }
  return common;
}

// All devices behind a broker share its one connection (comm-failover, section 6).
void refuse_connection_keys(Section& section, const CommEndpoint& endpoint) {
  if (endpoint.driver != "mqtt") return;
  section.refuse({"connection_timeout", "reconnect_interval"}, "is of the comm device",
                 "all devices behind a broker share its one connection");
}

void read_path(const Item& node, std::uint8_t rank, const std::string& label, Draft& draft,
               core::DeviceRule& device, DeviceWritten& written) {
  Section section(node, label, draft.out);
  core::PathRule rule;
  Origins origins{};
  const auto comm = known_comm(section, draft);
  if (comm && !draft.config.endpoints[comm->value].driver.empty()) {
    rule = path_on(draft, *comm, origins);
    const CommEndpoint& endpoint = draft.config.endpoints[comm->value];
    std::string unit;
    read_unit(section, endpoint, unit);
    rule.unit = unit;
    written.profiles.push_back({profile_of(section, *comm, draft), section.pos_of("profile")});
    written.broken.push_back(written.profiles.back().value == nullptr && endpoint.driver != "nut");
    refuse_connection_keys(section, endpoint);
  } else {
    section.ignore({"unit", "profile"});
    written.profiles.emplace_back();
    written.broken.push_back(true);
  }
  lay_over(read_path_settings(section), Origin::path, rule, origins);
  written.origins.push_back(origins);
  section.flag("available", rule.available);
  judge_rank(section, rank);
  section.finish();
  for (const core::PathRule& other : device.paths) {
    if (!comm || other.comm != rule.comm || other.unit != rule.unit) continue;
    draft.out.warning(section.pos(), label + " is the same way as an earlier path",
                      "two paths over one comm device fail together");
    break;
  }
  device.paths.push_back(std::move(rule));
}

}  // namespace

core::PathRule path_on(const Draft& draft, CommId comm, Origins& origins) {
  core::PathRule rule;
  rule.comm = comm;
  lay_over(draft.comm_settings[comm.value], Origin::comm_device, rule, origins);
  const auto* there = destination_settings(draft, draft.config.endpoints[comm.value]);
  if (there != nullptr) lay_over(*there, Origin::destination, rule, origins);
  return rule;
}

void read_paths(Section& section, Draft& draft, core::DeviceRule& device, DeviceWritten& written) {
  const Item* list = section.take_list("paths");
  if (list == nullptr) return;
  if (list->children.empty()) draft.out.error(list->pos, section.path("paths") + " is empty");
  if (list->children.size() > paths_max) {
    draft.out.error(list->children[paths_max]->pos,
                    fmt::format("{} has more than {} paths", section.label(), paths_max));
  }
  const std::size_t count = std::min<std::size_t>(list->children.size(), paths_max);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string label = fmt::format("{}.paths[{}]", section.label(), i + 1);
    read_path(*list->children[i], static_cast<std::uint8_t>(i + 1), label, draft, device, written);
  }
}

CommId add_comm(Draft& draft, std::string id, CommEndpoint endpoint, const PathSettings& settings,
                ProfilePtr profile) {
  const CommId comm{static_cast<std::uint32_t>(draft.config.endpoints.size())};
  draft.destinations.try_emplace(destination(endpoint), comm);
  draft.comm_ids.try_emplace(id, comm);
  core::CommRule rule;
  rule.name = std::move(id);
  // NUT's replies carry no ids and come from one server. Modbus RTU's carry none either, but there
  // each device answers for itself: a mute one must not fail its neighbours on the line.
  rule.shared_fate = endpoint.driver == "nut";
  draft.config.site.comms.push_back(std::move(rule));
  draft.config.endpoints.push_back(std::move(endpoint));
  draft.comm_settings.push_back(settings);
  draft.comm_profiles.push_back(std::move(profile));
  return comm;
}

void add_short_form_path(Draft& draft, const Located<std::string>& name, core::DeviceRule& device,
                         DeviceWritten& written) {
  std::string why;
  const auto address = parse_ups_address(name.value, why);
  if (!address) {
    draft.out.error(
        name.pos, fmt::format("'{}' is neither NAME@HOST[:PORT] nor has 'paths'", name.value), why);
    return;
  }
  CommEndpoint endpoint;
  endpoint.host = address->host;
  endpoint.port = address->port;
  endpoint.implicit = true;
  const auto known = draft.destinations.find(destination(endpoint));
  CommId comm{};
  if (known != draft.destinations.end()) {
    comm = known->second;
  } else {
    comm = add_comm(draft, "nut://" + host_port(address->host, address->port), std::move(endpoint),
                    {}, nullptr);
  }
  Origins origins{};
  core::PathRule path = path_on(draft, comm, origins);
  path.unit = address->unit;
  written.origins.push_back(origins);
  written.profiles.emplace_back();
  written.broken.push_back(false);
  device.paths.push_back(std::move(path));
}

}  // namespace nightwatt::config
