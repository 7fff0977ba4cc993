#include "config/profiles/profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/limits.h"
#include "config/profiles/profile_file.h"
#include "config/profiles/variable_names.h"

namespace nightwatt::config {
namespace {

// What is wrong with a profile's file is said at the place that names it.
void report(const Diagnostics& found, const std::string& file, SourcePos pos, Diagnostics& out) {
  constexpr std::size_t told_max = 3;
  std::size_t told = 0;
  for (const Diagnostic& each : found.list()) {
    if (each.severity != Severity::error) continue;
    if (++told > told_max) break;
    out.error(pos,
              each.pos.line > 0
                  ? fmt::format("{}:{}:{}: {}", file, each.pos.line, each.pos.column, each.message)
                  : fmt::format("{}: {}", file, each.message),
              told == told_max ? "'nightwatt profiles check " + file + "' shows all problems"
                               : each.hint);
  }
}

ProfilePtr parsed(const std::string& file, std::string_view text, SourcePos pos, Draft& draft) {
  VariableNames names(draft.config.site.other_variables);
  LoadedProfile loaded = load_profile(text, names);
  report(loaded.diagnostics, file, pos, draft.out);
  if (!loaded.profile) return nullptr;
  return std::make_shared<const profile::Profile>(std::move(*loaded.profile));
}

std::string beside(std::string_view file_name, const std::string& path) {
  const auto folder = file_name.rfind('/');
  if (path.starts_with('/') || folder == std::string_view::npos) return path;
  return std::string(file_name.substr(0, folder + 1)) + path;
}

expected<std::string, Error> read_text(const std::string& path, const Draft& draft) {
  if (draft.environment.read_profile) return draft.environment.read_profile(path);
  return fail(Errc::not_found, path + ": profiles cannot be read here");
}

ProfilePtr from_folder(const std::string& name, SourcePos pos, Draft& draft) {
  if (draft.profiles_dir.empty()) return nullptr;
  const std::string path = draft.profiles_dir + '/' + name + ".yaml";
  const auto text = read_text(path, draft);
  if (!text) {  // when there is none it is a shipped one, or unknown
    if (text.error().code != Errc::not_found) draft.out.error(pos, text.error().what);
    return nullptr;
  }
  ProfilePtr found = parsed(path, *text, pos, draft);
  if (found != nullptr && found->name != name) {
    draft.out.error(pos, fmt::format("{} calls itself '{}'", path, found->name),
                    "a profile in profiles_dir has the name of its file");
    return nullptr;
  }
  return found;
}

ProfilePtr find(const Located<std::string>& name, Draft& draft) {
  const auto known = draft.profiles.find(name.value);
  if (known != draft.profiles.end()) return known->second;
  const std::size_t errors = draft.out.errors();
  ProfilePtr found;
  if (name.value.find('/') == std::string::npos) found = from_folder(name.value, name.pos, draft);
  const auto shipped = shipped_profiles();
  if (found == nullptr && draft.out.errors() == errors) {
    const auto text = std::ranges::find(shipped, name.value, &ShippedProfile::name);
    if (text != shipped.end()) found = parsed(name.value, text->text, name.pos, draft);
  }
  if (found == nullptr && draft.out.errors() == errors) {
    std::vector<std::string_view> names;
    for (const auto& [each, unused] : draft.profiles) names.push_back(each);
    for (const ShippedProfile& each : shipped) names.push_back(each.name);
    draft.out.error(name.pos, "unknown profile '" + name.value + "'", meant(name.value, names));
  }
  // Also when there is none: a mistake that a thousand devices share is told once.
  draft.profiles.emplace(name.value, found);
  return found;
}

void read_profile_file(const Located<std::string>& written, Draft& draft) {
  const std::string path = beside(draft.file_name, written.value);
  const auto text = read_text(path, draft);
  if (!text) {
    draft.out.error(written.pos, "profile file " + text.error().what);
    return;
  }
  ProfilePtr found = parsed(path, *text, written.pos, draft);
  if (found == nullptr) return;
  if (!draft.profiles.emplace(found->name, found).second) {
    draft.out.error(written.pos, fmt::format("profile '{}' is in two files", found->name));
  } else if (std::ranges::find(shipped_profiles(), found->name, &ShippedProfile::name) !=
             shipped_profiles().end()) {
    draft.out.note(written.pos, fmt::format("profile '{}' replaces the one that comes with "
                                            "Nightwatt",
                                            found->name));
  }
}

struct Key {
  ProfilePtr profile{};
  std::vector<profile::Wanted> wanted{};
};

bool reads_status(const profile::Profile& profile) {
  return std::ranges::any_of(
      profile.items, [](const profile::Item& item) { return item.variable == status_variable; });
}

// Decisions see the first schedule: over no path may it come without the status. One that asks for
// variables alone was judged where it is written; what groups bring is known only here.
void check_status(const core::DeviceRule& device, const DeviceWritten& written,
                  const profile::PathPlan& plan, std::size_t path, Draft& draft) {
  if (!device.is_ups || written.wanted.empty() || written.wanted.front().groups.empty()) return;
  const auto is_status = [&](std::uint16_t item) {
    return plan.profile.items[item].variable == status_variable;
  };
  if (std::ranges::any_of(plan.schedules.front().items, is_status)) return;
  draft.out.error(written.schedules.front().pos,
                  fmt::format("schedule '{}' of '{}' does not read ups.status over path {}",
                              device.schedules.front().name, device.name, path + 1),
                  "decisions see the first schedule of a UPS: name ups.status or its group");
}

// One of everything, which most devices need, is said by nothing at all.
std::vector<std::uint16_t> message_counts(const profile::PathPlan& plan) {
  std::vector<std::uint16_t> counts;
  for (const profile::ReadPlan& each : plan.schedules) {
    counts.push_back(static_cast<std::uint16_t>(each.messages.size()));
  }
  if (std::ranges::all_of(counts, [](std::uint16_t count) { return count == 1; })) counts.clear();
  return counts;
}

// A path over which nothing is asked could not be found dead, and a device on it would be seen no
// more. (Of a UPS, check_status() says so; that no path asks anything is said of the schedules.)
void check_asks(const core::DeviceRule& device, const DeviceWritten& written, Draft& draft) {
  const auto silent = [](const core::PathRule& path) {
    return !path.messages.empty() &&
           std::ranges::count(path.messages, 0) == std::ssize(path.messages);
  };
  if (device.is_ups || std::ranges::all_of(device.paths, silent)) return;
  for (std::size_t p = 0; p < device.paths.size(); ++p) {
    if (!silent(device.paths[p])) continue;
    draft.out.error(
        written.profiles[p].pos,
        fmt::format("no schedule of '{}' reads anything over path {}", device.name, p + 1),
        fmt::format("name groups or variables that profile '{}' has, or leave the path out",
                    written.profiles[p].value->name));
  }
}

// Which of the profiles' status points come with which schedule over which path. A variable that
// two profiles fill from different points has two lines.
core::PointVariables points_of(const DeviceWritten& written,
                               const std::vector<profile::Wanted>& wanted) {
  core::PointVariables out;
  for (std::size_t p = 0; p < written.profiles.size(); ++p) {
    const ProfilePtr& used = written.profiles[p].value;
    if (used == nullptr) continue;
    for (const profile::PointItem& item : used->points) {
      core::PointVariable line{item.variable, item.point, item.scale, item.offset, 0, 0};
      line.paths = static_cast<std::uint8_t>(1u << p);
      for (std::size_t s = 0; s < wanted.size(); ++s) {
        if (profile::wants(wanted[s], item.variable, item.group)) line.schedules |= 1u << s;
      }
      if (line.schedules == 0) continue;
      const auto same = std::ranges::find_if(out, [&](core::PointVariable other) {
        other.paths = line.paths;
        return other == line;
      });
      if (same == out.end()) {
        out.push_back(line);
      } else {
        same->paths = static_cast<std::uint8_t>(same->paths | line.paths);
      }
    }
  }
  return out;
}

// Devices of one kind share one list.
class PointTables {
 public:
  using Table = std::shared_ptr<const core::PointVariables>;
  Table table(core::PointVariables points) {
    if (points.empty()) return nullptr;
    const auto same = [&](const Table& it) { return *it == points; };
    const auto known = std::ranges::find_if(tables_, same);
    if (known != tables_.end()) return *known;
    tables_.push_back(std::make_shared<const core::PointVariables>(std::move(points)));
    return tables_.back();
  }

 private:
  std::vector<Table> tables_{};
};

}  // namespace

void read_profile_files(Section& root, Draft& draft) {
  if (root.text("profiles_dir", draft.profiles_dir)) {
    draft.profiles_dir = beside(draft.file_name, draft.profiles_dir);
    while (draft.profiles_dir.size() > 1 && draft.profiles_dir.ends_with('/')) {
      draft.profiles_dir.pop_back();
    }
  }
  std::vector<Located<std::string>> files;
  root.texts("profile_files", files);
  if (files.size() > profiles_max) {
    draft.out.error(root.pos_of("profile_files"), fmt::format("more than {} files", profiles_max));
    return;
  }
  for (const auto& file : files) read_profile_file(file, draft);
}

ProfilePtr read_profile(Section& section, const CommEndpoint& endpoint, Draft& draft) {
  Located<std::string> name;
  if (!section.name("profile", name)) return nullptr;
  if (endpoint.driver == "nut") {
    draft.out.error(name.pos, section.path("profile") + ": NUT needs none",
                    "a NUT server says NUT's names itself");
    return nullptr;
  }
  ProfilePtr found = find(name, draft);
  if (endpoint.driver.empty()) return found;  // the driver is wrong, and that is told
  if (found == nullptr || to_string(found->protocol) == endpoint.driver) return found;
  draft.out.error(name.pos, fmt::format("{}: profile '{}' is for {}, and the driver here is {}",
                                        section.path("profile"), name.value,
                                        to_string(found->protocol), endpoint.driver));
  return nullptr;
}

void build_plans(Draft& draft) {
  core::Site& site = draft.config.site;
  // One plan for all paths with the same profile and the same wishes: most devices are of one kind.
  std::vector<std::pair<Key, profile::PlanTable::Plan>> made;
  PointTables points;
  for (std::size_t d = 0; d < site.devices.size(); ++d) {
    core::DeviceRule& device = site.devices[d];
    const DeviceWritten& written = draft.devices[d];
    std::vector<profile::Wanted> wanted = written.wanted;
    if (wanted.empty()) wanted.emplace_back();  // the default schedule asks for everything
    device.points = points.table(points_of(written, wanted));
    std::vector<profile::PlanTable::Plan> row;
    for (std::size_t p = 0; p < device.paths.size(); ++p) {
      const auto& [used, pos] = written.profiles[p];
      bool told = false;
      if (used == nullptr) {
        row.push_back(nullptr);
        continue;
      }
      if (device.is_ups && !reads_status(*used)) {
        draft.out.error(pos,
                        fmt::format("profile '{}' does not read ups.status, and '{}' is a UPS",
                                    used->name, device.name),
                        "list what is no UPS in devices:");
        told = true;
      }
      auto plan = std::ranges::find_if(made, [&](const auto& it) {
        return it.first.profile == used && it.first.wanted == wanted;
      });
      if (plan == made.end()) {
        auto fresh = std::make_shared<profile::PathPlan>();
        fresh->profile = *used;
        for (const profile::Wanted& each : wanted) {
          fresh->schedules.push_back(profile::plan(*used, each));
        }
        made.push_back({{used, wanted}, std::move(fresh)});
        plan = made.end() - 1;
      }
      if (!told) check_status(device, written, *plan->second, p, draft);
      device.paths[p].messages = message_counts(*plan->second);
      row.push_back(plan->second);
    }
    check_asks(device, written, draft);
    draft.config.plans.add_device(row);
  }
}

}  // namespace nightwatt::config
