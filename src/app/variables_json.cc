#include "app/variables_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;

std::string status_text(const StatusWords& words) {
  std::string out;
  for (unsigned bit = 0; bit < 31; ++bit) {
    const auto word = static_cast<StatusWord>(1u << bit);
    if (!words.has(word)) continue;
    if (!out.empty()) out += ' ';
    out += word_name(word);
  }
  return out;
}

bool reading_has(const Reading& reading, VariableId variable) {
  if (variable == status_variable) return true;
  if (variable.value < variable_count) {
    return reading.values.get(static_cast<Variable>(variable.value)).has_value();
  }
  return std::ranges::find(reading.others, variable, &OtherValue::variable) != reading.others.end();
}

std::optional<double> finite_number(const std::string& text) {
  const auto number = parse_number(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

Json value_json(const core::LatestValue& value) {
  if (value.variable != status_variable) return value.number;
  return status_text(StatusWords{static_cast<std::uint32_t>(value.number)});
}

}  // namespace

std::string_view variable_name(const core::Site& site, VariableId variable) {
  if (variable == status_variable) return "ups.status";
  if (variable.value < variable_count) {
    return nightwatt::variable_name(static_cast<Variable>(variable.value));
  }
  const std::size_t index = variable.value - std::size_t{first_other_variable};
  return index < site.other_variables.size() ? std::string_view(site.other_variables[index]) : "?";
}

std::vector<core::LatestValue> beside_reading(const core::Engine& engine, DeviceId device) {
  const Reading* reading = engine.newest_reading(device);
  std::vector<core::LatestValue> out;
  for (const core::LatestValue& each : engine.comm().variables(device)) {
    if (reading == nullptr || !reading_has(*reading, each.variable)) out.push_back(each);
  }
  return out;
}

namespace {

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

// In lower case, for NUT knows no difference: what the engine knows of a device itself.
std::set<std::string> names_in_engine(const core::Engine& engine, DeviceId device) {
  std::set<std::string> names;
  const auto add = [&](VariableId id) { names.insert(lower(variable_name(engine.site(), id))); };
  if (const Reading* reading = engine.newest_reading(device)) {
    add(status_variable);
    for (std::uint16_t v = 0; v < variable_count; ++v)
      if (reading_has(*reading, VariableId{v})) add(VariableId{v});
    for (const OtherValue& other : reading->others) add(other.variable);
  }
  for (const core::LatestValue& each : engine.comm().variables(device)) add(each.variable);
  return names;
}

// A text is older than what the engine has under the same name: a reading with it came later, of
// another schedule or after a reload.
Nameplate texts_beside_engine(const EngineLoop& loop, DeviceId device) {
  if (loop.nameplates() == nullptr) return {};
  Nameplate plate = loop.nameplates()->of(device);
  if (plate.texts.empty()) return plate;
  const std::set<std::string> known = names_in_engine(loop.engine(), device);
  std::erase_if(plate.texts,
                [&](const TextValue& each) { return known.contains(lower(each.name)); });
  return plate;
}

}  // namespace

std::vector<ShownNumber> numbers_beside_engine(const EngineLoop& loop, DeviceId device) {
  std::vector<ShownNumber> out;
  for (TextValue& each : texts_beside_engine(loop, device).texts) {
    if (is_nameplate(each.name)) continue;
    if (const auto number = finite_number(each.text))
      out.push_back({std::move(each.name), *number});
  }
  return out;
}

Json reading_json(const core::Site& site, const Reading& reading) {
  Json out;
  out["ups.status"] = status_text(reading.status);
  for (std::size_t i = 0; i < variable_count; ++i) {
    const auto variable = static_cast<Variable>(i);
    if (const auto value = reading.values.get(variable)) {
      out[std::string(nightwatt::variable_name(variable))] = *value;
    }
  }
  for (const OtherValue& other : reading.others) {
    out[std::string(variable_name(site, other.variable))] = other.number;
  }
  return out;
}

void add_variables(Json& device, const EngineLoop& loop, DeviceId id, const ports::Clock& clock) {
  const Instant now = clock.now();
  Json variables = Json::object();
  Json identity = Json::object();
  const core::Site& site = loop.engine().site();
  for (const core::LatestValue& each : beside_reading(loop.engine(), id)) {
    variables[std::string(variable_name(site, each.variable))] = {
        {"value", value_json(each)}, {"age_s", seconds(now - each.at)}};
  }
  const Nameplate plate = texts_beside_engine(loop, id);
  for (const TextValue& each : plate.texts) {
    if (is_nameplate(each.name)) {
      identity[each.name] = each.text;
      continue;
    }
    const auto number = finite_number(each.text);
    variables[each.name] = {{"value", number ? Json(*number) : Json(each.text)},
                            {"age_s", seconds(now - plate.at)}};
  }
  device["variables"] = std::move(variables);
  device["identity"] = std::move(identity);
}

}  // namespace nightwatt::app
