#include "config/profiles/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "config/duration.h"
#include "config/limits.h"
#include "config/profiles/meanings.h"
#include "config/profiles/source.h"

namespace nightwatt::config {
namespace {

using profile::Command;
using profile::Protocol;
using profile::SnmpSource;
using profile::SnmpType;
using profile::WriteStep;

// Stands for what the order brings: the value of a write, the parameter of a command.
constexpr std::string_view order_value = "$value";

class CommandReader {
 public:
  CommandReader(profile::Profile& profile, VariableNames& names, Diagnostics& out)
      : profile_(profile), names_(names), out_(out) {}

  void read(const Item& node, ControlKind kind, const std::string& label) {
    const std::string_view key = kind == ControlKind::command ? "command" : "write";
    Section section(node, label, out_);
    Command command;
    command.kind = kind;
    Located<std::string> name;
    if (section.name(key, name)) {
      command.name = name.value;
      section.rename(label.substr(0, label.find('[')) + "['" + name.value + "']");
      const bool known = kind == ControlKind::command
                             ? check_command_name(name, section.label(), out_)
                             : check_variable_name(name, section.label(), out_);
      if (known) check_unique(name, kind);
    } else if (!section.has(key) && node.kind == ItemKind::mapping) {
      out_.error(section.pos(), fmt::format("{} has no '{}'", label, key));
    }
    read_policy(section, command);
    read_steps(section, command);
    read_range(section, command);
    read_verify(section, command);
    section.finish();
    profile_.commands.push_back(std::move(command));
  }

 private:
  void check_unique(const Located<std::string>& name, ControlKind kind) {
    const auto [entry, inserted] = seen_.try_emplace({kind, name.value}, name.pos.line);
    if (inserted) return;
    out_.error(name.pos, "'" + name.value + "' is declared twice",
               fmt::format("the first one is in line {}", entry->second));
  }

  void read_policy(Section& section, Command& command) {
    section.choice("policy", command.policy,
                   {{"never", ControlPolicy::never},
                    {"verify_then_retry", ControlPolicy::verify_then_retry},
                    {"idempotent", ControlPolicy::idempotent},
                    {"select_before_operate", ControlPolicy::select_before_operate}});
    if (command.name.ends_with(".toggle") && command.policy != ControlPolicy::never) {
      out_.error(section.pos_of("policy"), section.label() + " toggles, and so is never repeated",
                 "policy: never; a second toggle undoes the first");
    }
  }

  void read_steps(Section& section, Command& command) {
    const std::size_t wanted = command.policy == ControlPolicy::select_before_operate ? 2 : 1;
    const Item* list = section.take_list("steps");
    if (list == nullptr) {
      WriteStep step;
      if (read_step(section, command, step)) command.steps.push_back(std::move(step));
      if (wanted == 1) return;
      out_.error(section.pos_of("policy"),
                 section.label() + ": select_before_operate needs two steps: select, operate");
      return;
    }
    if (list->children.size() != wanted) {
      out_.error(list->pos,
                 fmt::format("{} must have {} step{}, got {}", section.path("steps"), wanted,
                             wanted == 1 ? "" : "s", list->children.size()),
                 wanted == 1 ? "two steps are for policy: select_before_operate" : "");
    }
    for (std::size_t i = 0; i < list->children.size() && i < wanted; ++i) {
      Section each(*list->children[i], fmt::format("{}.steps[{}]", section.label(), i + 1), out_);
      WriteStep step;
      if (read_step(each, command, step)) command.steps.push_back(std::move(step));
      each.finish();
    }
  }

  bool read_step(Section& section, const Command& command, WriteStep& step) {
    const profile::Item* item = nullptr;
    if (command.kind == ControlKind::write && !has_source(section, profile_.protocol)) {
      item = item_of(command.name);
    }
    if (item != nullptr && can_write(item->source)) {
      step.target = item->source;
      step.scale = item->scale;
      step.offset = item->offset;
    } else {
      const auto target = read_source(section, profile_.protocol, Use::write);
      if (!target) {
        section.ignore({"value", "scale", "offset", "acknowledged_on"});
        return false;
      }
      step.target = *target;
    }
    const bool has_scale = section.number("scale", step.scale, {-1e12, 1e12});
    const bool has_offset = section.number("offset", step.offset, {-1e12, 1e12});
    const bool scaled = has_scale || has_offset;
    if (step.scale == 0) {
      out_.error(section.pos_of("scale"), section.path("scale") + " must not be 0");
      step.scale = 1;
    }
    read_value(section, command, step);
    read_acknowledgement(section, step);
    const bool fixed = step.number.has_value() || step.text.has_value();
    if (scaled && fixed) {
      out_.error(section.pos_of("value"), section.path("value") + " is the raw value already",
                 "leave scale and offset out");
    }
    if (fixed) step.scale = 1, step.offset = 0;
    return true;
  }

  static bool can_write(const profile::Source& source) {
    const auto* modbus = std::get_if<profile::ModbusSource>(&source);
    if (modbus == nullptr) return true;
    return modbus->kind == profile::RegisterKind::coil ||
           (modbus->kind == profile::RegisterKind::holding_register &&
            modbus->type != profile::NumberType::bit);
  }

  const profile::Item* item_of(const std::string& name) {
    const auto id = names_.id(name);
    const auto found = std::ranges::find_if(
        profile_.items, [&](const profile::Item& it) { return id && it.variable == *id; });
    return found == profile_.items.end() ? nullptr : &*found;
  }

  void read_value(Section& section, const Command& command, WriteStep& step) {
    std::string text;
    const Item* node = section.take("value");
    if (node == nullptr) {
      if (command.kind == ControlKind::write) return;
      out_.error(section.pos(), section.label() + " has no 'value'",
                 "what is written; $value stands for the parameter of the order");
      return;
    }
    if (!section.any_text("value", text) || text == order_value) return;
    if (is_text(step.target, *node)) {
      step.text = text;
      return check_text(section, step);
    }
    const auto number = text.starts_with("0x") ? whole_as_double(text) : config::parse_number(text);
    const RawRange range = raw_range(step.target);
    const bool fits =
        number && (!range.bounded() || (*number == std::floor(*number) && *number >= range.low &&
                                        *number <= range.high));
    if (!fits) {
      out_.error(node->pos,
                 range.bounded()
                     ? fmt::format("{} must be a whole number from {:.0f} to {:.0f}, got '{}'",
                                   section.path("value"), range.low, range.high, text)
                     : section.path("value") + " must be a number, got '" + text + "'");
      return;
    }
    step.number = number;
  }

  static std::optional<double> whole_as_double(std::string_view text) {
    const auto whole = parse_whole(text);
    return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
  }

  static bool is_text(const profile::Source& target, const Item& node) {
    if (const auto* snmp = std::get_if<SnmpSource>(&target)) {
      return snmp->type == SnmpType::octets || snmp->type == SnmpType::oid ||
             snmp->type == SnmpType::ip_address;
    }
    const bool mqtt = std::holds_alternative<profile::MqttSource>(target);
    return mqtt && (!node.plain || !config::parse_number(node.text));
  }

  void check_text(Section& section, const WriteStep& step) {
    const auto* snmp = std::get_if<SnmpSource>(&step.target);
    if (snmp != nullptr && snmp->type == SnmpType::oid && !parse_oid(*step.text)) {
      out_.error(section.pos_of("value"), section.path("value") + " is no OID in numbers");
    }
  }

  void read_acknowledgement(Section& section, WriteStep& step) {
    if (profile_.protocol != Protocol::mqtt) return;
    Located<std::string> topic;
    if (!section.name("acknowledged_on", topic)) return;
    step.acknowledged_on = topic.value;
    if (is_topic_below(topic.value)) return;
    out_.error(topic.pos, section.path("acknowledged_on") + " is no topic below a prefix",
               "no '+' or '#', no '/' at its ends");
  }

  void read_range(Section& section, Command& command) {
    if (command.kind != ControlKind::write) return;
    const Item* list = section.take_list("range");
    if (list == nullptr) return;
    std::vector<double> ends;
    for (const Item* each : list->children) {
      const auto number = each->kind == ItemKind::scalar && each->plain
                              ? config::parse_number(each->text)
                              : std::nullopt;
      if (number) ends.push_back(*number);
    }
    if (list->children.size() != 2 || ends.size() != 2 || ends[0] >= ends[1]) {
      out_.error(list->pos, section.path("range") + " must be two numbers, the lower one first",
                 "as in [0, 600]");
      return;
    }
    command.low = ends[0];
    command.high = ends[1];
    check_range_fits(section, command, list->pos);
  }

  void check_range_fits(Section& section, const Command& command, SourcePos pos) {
    for (const WriteStep& step : command.steps) {
      const RawRange raw = raw_range(step.target);
      if (step.number || step.text || !raw.bounded()) continue;
      for (const double end : {command.low, command.high}) {
        const double written = std::round((end - step.offset) / step.scale);
        if (written >= raw.low && written <= raw.high) continue;
        out_.error(pos, fmt::format("{}: {} would be {} in {}, which holds {:.0f} to {:.0f}",
                                    section.path("range"), end, written, show(step.target), raw.low,
                                    raw.high));
        return;
      }
    }
  }

  void read_verify(Section& section, Command& command) {
    const Item* node = section.take("verify");
    if (node != nullptr) {
      read_verify_keys(section, *node, command);
    } else if (command.policy == ControlPolicy::verify_then_retry) {
      if (command.kind == ControlKind::write && item_of(command.name) != nullptr) {
        command.verify = profile::Verify{.variable = item_of(command.name)->variable};
        return;
      }
      out_.error(section.pos_of("policy"),
                 section.label() + ": verify_then_retry needs 'verify': what is read back",
                 "as in verify: {variable: ups.status, words: TEST}");
    }
  }

  void read_verify_keys(Section& parent, const Item& node, Command& command) {
    Section section(node, parent.path("verify"), out_);
    profile::Verify verify;
    Located<std::string> name;
    if (section.name("variable", name)) {
      const profile::Item* item = item_of(name.value);
      if (item == nullptr) {
        out_.error(name.pos,
                   fmt::format("{}: this profile does not read '{}'", section.label(), name.value));
      } else {
        verify.variable = item->variable;
      }
    } else if (!section.has("variable") && node.kind == ItemKind::mapping) {
      out_.error(section.pos(), section.label() + " has no 'variable'");
    }
    double number = 0;
    if (section.number("value", number, {-1e15, 1e15})) verify.number = number;
    const Item* words = section.take("words");
    if (words != nullptr) read_words(*words, section.path("words"), verify.words, out_);
    const bool status = name.value == "ups.status";
    if (status != (words != nullptr)) {
      out_.error(section.pos(), section.label() + (status ? ": ups.status is verified by 'words'"
                                                          : ": 'words' are for ups.status only"));
    }
    section.finish();
    command.verify = verify;
  }

  profile::Profile& profile_;
  VariableNames& names_;
  Diagnostics& out_;
  std::map<std::pair<ControlKind, std::string>, std::uint32_t> seen_;
};

}  // namespace

void read_commands(Section& root, profile::Profile& profile, VariableNames& names) {
  CommandReader reader(profile, names, root.out());
  std::size_t count = 0;
  for (const ControlKind kind : {ControlKind::command, ControlKind::write}) {
    const std::string_view key = kind == ControlKind::command ? "commands" : "writes";
    const Item* list = root.take_list(key);
    if (list == nullptr) continue;
    for (std::size_t i = 0; i < list->children.size(); ++i) {
      if (++count > profile_commands_max) {
        root.out().error(list->children[i]->pos,
                         fmt::format("more than {} commands and writes", profile_commands_max));
        return;
      }
      reader.read(*list->children[i], kind, fmt::format("{}[{}]", key, i + 1));
    }
  }
}

}  // namespace nightwatt::config
