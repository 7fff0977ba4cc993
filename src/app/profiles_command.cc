// profiles: lists those that come with the program, shows one, checks a file.
#include "config/profiles/profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/configuration.h"
#include "config/nearest.h"
#include "config/profiles/profile_file.h"
#include "config/profiles/source.h"

namespace nightwatt::app {
namespace {

constexpr std::size_t profile_bytes_max = std::size_t{1} << 20;

int list() {
  std::size_t width = 0;
  for (const auto& each : config::shipped_profiles()) width = std::max(width, each.name.size());
  for (const auto& each : config::shipped_profiles()) {
    std::vector<std::string> others;
    config::VariableNames names(others);
    const config::LoadedProfile loaded = config::load_profile(each.text, names);
    if (!loaded.profile) continue;  // a test holds that there is none
    fmt::print("{:<{}}  {:<6}  {}\n", each.name, width, to_string(loaded.profile->protocol),
               loaded.profile->title);
  }
  return exit_ok;
}

int show(const std::string& name) {
  const auto all = config::shipped_profiles();
  const auto found = std::ranges::find(all, name, &config::ShippedProfile::name);
  if (found == all.end()) {
    fmt::print(stderr, "error: no profile '{}' comes with Nightwatt\n", name);
    std::vector<std::string_view> names;
    for (const auto& each : all) names.push_back(each.name);
    const std::string_view near = config::nearest(name, names);
    if (!near.empty()) {
      fmt::print(stderr, "  hint: did you mean '{}'?\n", near);
    } else {
      fmt::print(stderr, "  hint: 'nightwatt profiles' lists them\n");
    }
    return exit_usage;
  }
  fmt::print("{}", found->text);
  return exit_ok;
}

std::string count_of(const profile::Item& item, std::string_view what) {
  const std::size_t count = item.meanings.size();
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string value_of(const profile::Item& item) {
  switch (item.map) {
    case profile::MapKind::none: break;
    case profile::MapKind::values: return count_of(item, "value");
    case profile::MapKind::bits: return count_of(item, "bit");
    case profile::MapKind::flags: return count_of(item, "flag");
  }
  std::string out = item.scale == 1 ? "" : fmt::format("x {}", item.scale);
  if (item.offset != 0) out += fmt::format("{}+ {}", out.empty() ? "" : " ", item.offset);
  return out;
}

void print_profile(const profile::Profile& profile, const config::VariableNames& names) {
  const std::size_t messages = profile::plan(profile, {}).messages.size();
  fmt::print("{}: {} ({})\n", profile.name, profile.title, to_string(profile.protocol));
  fmt::print("A poll of everything needs {} message{}.\n", messages, messages == 1 ? "" : "s");
  std::size_t width = 0;
  for (const auto& item : profile.items) width = std::max(width, names.name(item.variable).size());
  for (const auto& item : profile.points) width = std::max(width, names.name(item.variable).size());
  for (const profile::Item& item : profile.items) {
    std::string text = fmt::format("  {:<{}}  {:<24}  {}", names.name(item.variable), width,
                                   config::show(item.source), value_of(item));
    text.erase(text.find_last_not_of(' ') + 1);
    fmt::print("{}\n", text);
  }
  for (const profile::PointItem& item : profile.points) {
    profile::Item plain;
    plain.scale = item.scale;
    plain.offset = item.offset;
    std::string text = fmt::format("  {:<{}}  point {:<24}  {}", names.name(item.variable), width,
                                   name_of(item.point), value_of(plain));
    text.erase(text.find_last_not_of(' ') + 1);
    fmt::print("{}\n", text);
  }
  for (const profile::Command& each : profile.commands) {
    fmt::print("  {} {} ({})\n", to_string(each.kind), each.name, to_string(each.policy));
  }
}

int check(const std::string& file) {
  const auto text = read_file(file, profile_bytes_max);
  if (!text) {
    fmt::print(stderr, "error: {}\n", text.error().what);
    return exit_usage;
  }
  std::vector<std::string> others;
  config::VariableNames names(others);
  const config::LoadedProfile loaded = config::load_profile(*text, names);
  fmt::print(stderr, "{}", config::render(loaded.diagnostics, file, *text));
  if (!loaded.profile) {
    const std::size_t errors = loaded.diagnostics.errors();
    fmt::print(stderr, "{}: {} error{}\n", file, errors, errors == 1 ? "" : "s");
    return exit_usage;
  }
  print_profile(*loaded.profile, names);
  return exit_ok;
}

}  // namespace

int profiles(const ProfilesOptions& options) {
  if (options.action == "list") return list();
  if (options.name.empty()) {
    fmt::print(stderr, "error: nightwatt profiles {} needs a {}\n", options.action,
               options.action == "show" ? "NAME" : "FILE");
    return exit_usage;
  }
  return options.action == "show" ? show(options.name) : check(options.name);
}

}  // namespace nightwatt::app
