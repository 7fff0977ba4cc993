#include "config/profiles/profile_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/limits.h"
#include "config/profiles/command.h"
#include "config/profiles/meanings.h"
#include "config/profiles/source.h"
#include "yaml/tree.h"

namespace nightwatt::config {
namespace {

using profile::MapKind;
using profile::ModbusSource;
using profile::Protocol;

bool is_profile_name(std::string_view name) {
  return !name.empty() && name.front() != '-' && name.front() != '.' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

class ItemsReader {
 public:
  ItemsReader(profile::Profile& profile, VariableNames& names, Diagnostics& out)
      : profile_(profile), names_(names), out_(out) {}

  void read(const Item& node, const std::string& label) {
    Section section(node, label, out_);
    profile::Item item;
    Located<std::string> name;
    const bool named = read_name(section, node, item, name);
    if (section.has("point")) return read_point(section, name, named ? &item.variable : nullptr);
    const auto source = read_source(section, profile_.protocol, Use::read);
    if (source) item.source = *source;
    read_meanings(section, item);
    read_arithmetic(section, item);
    Located<std::string> group;
    if (section.name("group", group)) item.group = group.value;
    section.finish();
    if (!named || !source) return;
    check_status(section, item);
    check_place(section, name, item);
    profile_.items.push_back(std::move(item));
  }

 private:
  // `variable`: null when its name is wrong.
  void read_point(Section& section, const Located<std::string>& name, const VariableId* variable) {
    profile::PointItem item;
    Located<std::string> point;
    bool good = section.name("point", point) && check_point_name(point, section.label(), out_);
    if (good) item.point = *point_named(point.value);
    section.number("scale", item.scale, {-1e12, 1e12});
    section.number("offset", item.offset, {-1e12, 1e12});
    if (item.scale == 0) {
      out_.error(section.pos_of("scale"), section.path("scale") + " must not be 0");
    }
    Located<std::string> group;
    if (section.name("group", group)) item.group = group.value;
    section.finish();
    if (variable == nullptr) return;
    if (variable->value < first_other_variable) {
      out_.error(name.pos,
                 section.label() + " is what the UPS says, and no status point can say it",
                 "a name of your own, as in link.success");
      good = false;
    }
    item.variable = *variable;
    if (good) profile_.points.push_back(std::move(item));
  }

  bool read_name(Section& section, const Item& node, profile::Item& item,
                 Located<std::string>& name) {
    if (!section.name("variable", name)) {
      if (!section.has("variable") && node.kind == ItemKind::mapping) {
        out_.error(section.pos(), section.label() + " has no 'variable'");
      }
      return false;
    }
    section.rename("variables['" + name.value + "']");
    if (!check_variable_name(name, section.label(), out_)) return false;
    const auto [entry, inserted] = lines_.try_emplace(name.value, name.pos.line);
    if (!inserted && name.value != "ups.status") {  // which is put together from several places
      out_.error(name.pos, "'" + name.value + "' is read twice",
                 fmt::format("the first one is in line {}", entry->second));
      return false;
    }
    const auto id = names_.id(name.value);
    if (!id) {
      out_.error(name.pos, fmt::format("more than {} names of variables", other_variables_max));
      return false;
    }
    item.variable = *id;
    return true;
  }

  void read_arithmetic(Section& section, profile::Item& item) {
    const bool has_scale = section.number("scale", item.scale, {-1e12, 1e12});
    const bool has_offset = section.number("offset", item.offset, {-1e12, 1e12});
    const bool scaled = has_scale || has_offset;
    if (item.scale == 0) {
      out_.error(section.pos_of("scale"), section.path("scale") + " must not be 0");
    }
    if (scaled && item.map != MapKind::none) {
      out_.error(section.pos_of(section.has("scale") ? "scale" : "offset"),
                 section.label() + ": a map already says the value, scale and offset do nothing");
    }
    double absent = 0;
    if (!section.number("absent", absent, {-1e15, 1e15})) return;
    item.absent = absent;
    const RawRange range = raw_range(item.source);
    if (!range.bounded() || (absent >= range.low && absent <= range.high)) return;
    out_.error(section.pos_of("absent"),
               fmt::format("{}: {} can never be read from {}", section.path("absent"), absent,
                           show(item.source)),
               absent == -1 && range.low == 0
                   ? fmt::format("-1 is read as {:.0f}", range.high)
                   : "absent is the raw number, before scale and offset");
  }

  void check_status(Section& section, const profile::Item& item) {
    if (item.variable != status_variable || item.map != MapKind::none) return;
    if (profile_.protocol != Protocol::modbus) return;  // may say NUT's words itself
    out_.error(section.pos(), section.label() + " is a number without a meaning",
               "values: {2: OL, 3: OB} or bits: {0: {set: OB, clear: OL}}");
  }

  // Two numbers out of one place are mostly a line that was copied and not changed.
  void check_place(Section& section, const Located<std::string>& name, const profile::Item& item) {
    for (const profile::Item& other : profile_.items) {
      const bool overlap = partly_same(item.source, other.source);
      const bool copied =
          item.source == other.source && item.map == MapKind::none && other.map == MapKind::none;
      if (!overlap && !copied) continue;
      out_.warning(name.pos,
                   fmt::format("{} {} '{}'", section.label(),
                               overlap ? "shares registers with" : "stands where",
                               names_.name(other.variable)) +
                       (overlap ? "" : " stands, too"),
                   "one of the two is probably a slip");
      return;
    }
  }

  static bool partly_same(const profile::Source& a, const profile::Source& b) {
    const auto* x = std::get_if<ModbusSource>(&a);
    const auto* y = std::get_if<ModbusSource>(&b);
    if (x == nullptr || y == nullptr || x->kind != y->kind) return false;
    if (x->type == profile::NumberType::bit || y->type == profile::NumberType::bit) return false;
    if (x->address == y->address) return registers_of(x->type) != registers_of(y->type);
    const bool first = x->address < y->address;
    const ModbusSource& low = first ? *x : *y;
    const ModbusSource& high = first ? *y : *x;
    return low.address + registers_of(low.type) > high.address;
  }

  profile::Profile& profile_;
  VariableNames& names_;
  Diagnostics& out_;
  std::map<std::string, std::uint32_t, std::less<>> lines_;
};

void read_head(Section& root, profile::Profile& profile, bool& has_protocol) {
  Located<std::string> name;
  if (root.name("profile", name)) {
    profile.name = name.value;
    if (!is_profile_name(name.value)) {
      root.out().error(name.pos, "'" + name.value + "' is no name for a profile",
                       "small letters, digits, '-', '_' and '.'");
    }
  } else if (!root.has("profile")) {
    root.out().error({}, "there is no 'profile'", "profile: NAME, by which configurations call it");
  }
  if (!root.text("title", profile.title)) profile.title = profile.name;
  has_protocol = root.choice(
      "protocol", profile.protocol,
      {{"modbus", Protocol::modbus}, {"snmp", Protocol::snmp}, {"mqtt", Protocol::mqtt}});
  if (!has_protocol && !root.has("protocol")) {
    root.out().error({}, "there is no 'protocol'", "one of modbus, snmp, mqtt");
  }
}

// `presence:` of a device that leaves a last will.
void read_presence(Section& root, profile::Profile& profile) {
  const Item* node = root.take("presence");
  if (node == nullptr) return;
  if (profile.protocol != Protocol::mqtt) {
    root.out().error(root.key_pos("presence"), "presence is for protocol: mqtt");
    return;
  }
  Section section(*node, "presence", root.out());
  Located<std::string> topic;
  if (section.name("topic", topic)) {
    profile.presence.topic = topic.value;
    if (!is_topic_below(topic.value)) {
      root.out().error(topic.pos, "presence.topic is no topic below a prefix");
    }
  } else if (!section.has("topic")) {
    root.out().error(section.pos(), "presence has no 'topic'");
  }
  section.text("offline", profile.presence.offline);
  section.finish();
}

// A status that can never say on line or on battery is never a usable reading.
void check_meaning_of_status(const profile::Profile& profile, SourcePos pos, Diagnostics& out) {
  StatusWords all;
  bool any = false;
  for (const profile::Item& item : profile.items) {
    if (item.variable != status_variable) continue;
    if (item.map == MapKind::none) return;
    any = true;
    for (const profile::Meaning& each : item.meanings) {
      all.bits |= each.words.bits | each.otherwise.bits;
    }
  }
  for (const StatusWord word : {StatusWord::OL, StatusWord::OB}) {
    if (!any || all.has(word)) continue;
    out.warning(pos,
                fmt::format("nothing in this profile makes ups.status say {}", word_name(word)),
                "a UPS is judged by OL (on line) and OB (on battery)");
  }
}

}  // namespace

LoadedProfile load_profile(std::string_view text, VariableNames& names) {
  LoadedProfile loaded;
  Diagnostics& out = loaded.diagnostics;
  if (text.size() > profile_bytes_max) {
    out.error({}, fmt::format("a profile has at most {} bytes", profile_bytes_max));
    return loaded;
  }
  yaml::Tree tree;
  const Item* document = tree.parse(text, out);
  if (document == nullptr) return loaded;
  profile::Profile profile;
  Section root(*document, "", out);
  if (document->kind == ItemKind::mapping) {
    bool has_protocol = false;
    read_head(root, profile, has_protocol);
    const Item* list = root.take_list("variables");
    if (list == nullptr && !root.has("variables")) {
      out.error({}, "there is no 'variables'", "a list of what is read and where it stands");
    }
    if (list != nullptr && list->children.size() > profile_items_max) {
      out.error(list->pos, fmt::format("more than {} variables", profile_items_max));
    } else if (list != nullptr && has_protocol) {
      ItemsReader reader(profile, names, out);
      for (std::size_t i = 0; i < list->children.size(); ++i) {
        reader.read(*list->children[i], fmt::format("variables[{}]", i + 1));
      }
      if (list->children.empty()) out.error(list->pos, "variables is empty");
      if (out.ok() && profile.items.empty()) {
        out.error(list->pos, "nothing in this profile is polled",
                  "status points are filled when a poll ends: list what the device says, too");
      }
      if (out.ok()) check_meaning_of_status(profile, list->pos, out);
    }
    if (has_protocol) {
      read_commands(root, profile, names);
      read_presence(root, profile);
    } else {
      root.ignore({"commands", "writes", "presence"});
    }
    root.finish();
  }
  out.sort();
  if (out.ok()) loaded.profile = std::move(profile);
  return loaded;
}

}  // namespace nightwatt::config
