#include "config/profiles/variable_names.h"

#include <algorithm>
#include <array>

#include "config/limits.h"
#include "config/nearest.h"
#include "model/point.h"

namespace nightwatt::config {
namespace {

// Variables that NUT's document lists with numbers for values; outlet.N, phases and the like follow
// patterns and are recognised by theirs.
constexpr std::array<std::string_view, 71> nut_numbers{
    "ups.status",
    "ups.temperature",
    "ups.load",
    "ups.load.high",
    "ups.delay.start",
    "ups.delay.reboot",
    "ups.delay.shutdown",
    "ups.timer.start",
    "ups.timer.reboot",
    "ups.timer.shutdown",
    "ups.test.interval",
    "ups.efficiency",
    "ups.power",
    "ups.power.nominal",
    "ups.realpower",
    "ups.realpower.nominal",
    "input.voltage",
    "input.voltage.maximum",
    "input.voltage.minimum",
    "input.voltage.nominal",
    "input.voltage.fault",
    "input.transfer.low",
    "input.transfer.high",
    "input.transfer.low.min",
    "input.transfer.low.max",
    "input.transfer.high.min",
    "input.transfer.high.max",
    "input.transfer.delay",
    "input.current",
    "input.current.nominal",
    "input.frequency",
    "input.frequency.nominal",
    "input.frequency.low",
    "input.frequency.high",
    "input.load",
    "input.realpower",
    "input.power",
    "input.powerfactor",
    "input.quality",
    "input.phases",
    "input.bypass.voltage",
    "input.bypass.frequency",
    "input.bypass.current",
    "output.voltage",
    "output.voltage.nominal",
    "output.frequency",
    "output.frequency.nominal",
    "output.current",
    "output.current.nominal",
    "output.phases",
    "output.power",
    "output.realpower",
    "output.powerfactor",
    "battery.charge",
    "battery.charge.low",
    "battery.charge.warning",
    "battery.charge.restart",
    "battery.voltage",
    "battery.voltage.nominal",
    "battery.voltage.low",
    "battery.voltage.high",
    "battery.capacity",
    "battery.current",
    "battery.temperature",
    "battery.runtime",
    "battery.runtime.low",
    "battery.runtime.restart",
    "battery.packs",
    "battery.packs.bad",
    "ambient.temperature",
    "ambient.humidity",
};

constexpr std::array<std::string_view, 26> nut_texts{
    "ups.alarm",
    "ups.time",
    "ups.date",
    "ups.model",
    "ups.mfr",
    "ups.mfr.date",
    "ups.serial",
    "ups.vendorid",
    "ups.productid",
    "ups.firmware",
    "ups.firmware.aux",
    "ups.id",
    "ups.display.language",
    "ups.contacts",
    "ups.test.result",
    "ups.test.date",
    "ups.type",
    "ups.beeper.status",
    "device.model",
    "device.mfr",
    "device.serial",
    "device.type",
    "device.description",
    "battery.type",
    "battery.date",
    "battery.mfr.date",
};

constexpr std::array<std::string_view, 36> nut_commands{
    "load.off",
    "load.on",
    "load.off.delay",
    "load.on.delay",
    "shutdown.return",
    "shutdown.stayoff",
    "shutdown.stop",
    "shutdown.reboot",
    "shutdown.reboot.graceful",
    "shutdown.default",
    "test.panel.start",
    "test.panel.stop",
    "test.failure.start",
    "test.failure.stop",
    "test.battery.start",
    "test.battery.start.quick",
    "test.battery.start.deep",
    "test.battery.start.low",
    "test.battery.stop",
    "test.system.start",
    "calibrate.start",
    "calibrate.stop",
    "bypass.start",
    "bypass.stop",
    "reset.input.minmax",
    "reset.watchdog",
    "beeper.enable",
    "beeper.disable",
    "beeper.mute",
    "beeper.toggle",
    "beeper.on",
    "beeper.off",
    "outlet.1.load.off",
    "outlet.1.load.on",
    "outlet.1.shutdown.return",
    "driver.reload",
};

constexpr std::size_t slip_max = 2;  // edits that make a slip of a name; more make another name

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// NUT writes phases in capitals: input.L1.voltage, output.L1-N.voltage, input.N.current.
bool is_phase(std::string_view part) {
  const auto line = [](std::string_view it) {
    return it == "N" || (it.size() == 2 && it[0] == 'L' && it[1] >= '1' && it[1] <= '3');
  };
  const std::size_t dash = part.find('-');
  if (dash == std::string_view::npos) return line(part);
  return line(part.substr(0, dash)) && line(part.substr(dash + 1));
}

bool is_part(std::string_view part) {
  if (is_phase(part)) return true;
  return !part.empty() && std::ranges::all_of(part, [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_' || c == '-';
  });
}

bool is_dotted(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z') return false;
  int parts = 1;
  for (std::size_t at = 0; at <= name.size(); ++parts) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    if (!is_part(name.substr(at, dot - at))) return false;
    at = dot + 1;
  }
  return parts > 2;
}

// One of a series (outlet.3.current, input.L2.voltage): near its siblings, and not by mistake.
bool is_of_a_series(std::string_view name) {
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    const std::string_view part = name.substr(at, dot - at);
    if (is_phase(part) || std::ranges::all_of(part, is_digit)) return true;
    at = dot + 1;
  }
  return false;
}

bool check_form(const Located<std::string>& name, const std::string& where, Diagnostics& out) {
  if (is_dotted(name.value)) return true;
  out.error(name.pos, where + ": '" + name.value + "' is no name in NUT's form",
            "words in lower case with dots between them, as in battery.charge or tank.1.level");
  return false;
}

}  // namespace

std::optional<VariableId> VariableNames::id(std::string_view name) {
  if (name == "ups.status") return status_variable;
  if (const auto known = variable_named(name)) return id_of(*known);
  auto found = std::ranges::find(others_, name);
  if (found == others_.end()) {
    if (others_.size() >= other_variables_max) return std::nullopt;
    found = others_.insert(others_.end(), std::string(name));
  }
  return VariableId{static_cast<std::uint16_t>(first_other_variable + (found - others_.begin()))};
}

std::string VariableNames::name(VariableId id) const {
  if (id == status_variable) return "ups.status";
  if (id.value < variable_count) return std::string(variable_name(static_cast<Variable>(id.value)));
  const std::size_t index = id.value - first_other_variable;
  return index < others_.size() ? others_[index] : "?";
}

bool is_nut_number(std::string_view name) {
  if (std::ranges::find(nut_numbers, name) != nut_numbers.end()) return true;
  constexpr std::array<std::string_view, 6> with_series{"ambient", "battery", "input",
                                                        "outlet",  "output",  "ups"};
  const std::string_view first = name.substr(0, name.find('.'));
  return is_of_a_series(name) && std::ranges::find(with_series, first) != with_series.end();
}

bool check_variable_name(const Located<std::string>& name, const std::string& where,
                         Diagnostics& out) {
  if (!check_form(name, where, out)) return false;
  if (is_point_name(name.value)) {
    out.error(name.pos, where + ": '" + name.value + "' is Nightwatt's own",
              "comm.* are the status points; an item of a profile fills a variable of another name "
              "with 'point: " +
                  name.value + "'");
    return false;
  }
  if (std::ranges::find(nut_texts, std::string_view(name.value)) != nut_texts.end()) {
    out.error(name.pos, where + ": '" + name.value + "' is text, and profiles read numbers",
              "leave it out: nothing is decided by it");
    return false;
  }
  const bool known =
      std::ranges::find(nut_numbers, std::string_view(name.value)) != nut_numbers.end();
  if (known || is_of_a_series(name.value)) return true;
  const std::string_view near = nearest(name.value, nut_numbers);
  if (near.empty() || edit_distance(name.value, near) > slip_max) return true;
  out.error(name.pos, where + ": '" + name.value + "' is none of NUT's variables, and near to one",
            "did you mean '" + std::string(near) + "'? A name of your own must differ more");
  return false;
}

bool check_point_name(const Located<std::string>& name, const std::string& where,
                      Diagnostics& out) {
  if (point_named(name.value)) return true;
  if (is_text_point(name.value)) {
    out.error(name.pos, where + ": '" + name.value + "' is text, and a number is needed",
              "comm.active.line is the rank of the active path, 1 for primary");
    return false;
  }
  const std::vector<std::string> names = point_names(paths_max);
  const std::vector<std::string_view> words(names.begin(), names.end());
  const std::string_view near = nearest(name.value, words);
  out.error(name.pos, where + ": there is no status point '" + name.value + "'",
            near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
  return false;
}

bool check_command_name(const Located<std::string>& name, const std::string& where,
                        Diagnostics& out) {
  if (!check_form(name, where, out)) return false;
  const bool known =
      std::ranges::find(nut_commands, std::string_view(name.value)) != nut_commands.end();
  if (known || is_of_a_series(name.value)) return true;
  const std::string_view near = nearest(name.value, nut_commands);
  if (near.empty() || edit_distance(name.value, near) > slip_max) return true;
  out.error(name.pos, where + ": '" + name.value + "' is none of NUT's commands, and near to one",
            "did you mean '" + std::string(near) + "'? A name of your own must differ more");
  return false;
}

}  // namespace nightwatt::config
