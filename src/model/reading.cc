#include "model/reading.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace nightwatt {
namespace {

struct NamedWord {
  StatusWord word;
  std::string_view name;
};

constexpr std::array<NamedWord, 18> words{{
    {StatusWord::OL, "OL"},
    {StatusWord::OB, "OB"},
    {StatusWord::LB, "LB"},
    {StatusWord::HB, "HB"},
    {StatusWord::RB, "RB"},
    {StatusWord::CHRG, "CHRG"},
    {StatusWord::DISCHRG, "DISCHRG"},
    {StatusWord::BYPASS, "BYPASS"},
    {StatusWord::CAL, "CAL"},
    {StatusWord::OFF, "OFF"},
    {StatusWord::OVER, "OVER"},
    {StatusWord::TRIM, "TRIM"},
    {StatusWord::BOOST, "BOOST"},
    {StatusWord::FSD, "FSD"},
    {StatusWord::ALARM, "ALARM"},
    {StatusWord::WAIT, "WAIT"},
    {StatusWord::TEST, "TEST"},
    {StatusWord::ECO, "ECO"},
}};

// Lowest and highest value that the quantity can have. Wider than any real UPS, narrow enough that
// a counter overflow, a sign error or a raw register value is seen as what it is.
struct Range {
  std::string_view name;
  double low;
  double high;
  std::string_view unit;
};

constexpr double days = 86'400.0;
constexpr std::array<Range, variable_count> ranges{{
    {"battery.charge", 0, 110, "%"},
    {"battery.runtime", 0, 30 * days, "s"},
    {"battery.voltage", 0, 2'000, "V"},
    {"ups.load", 0, 500, "%"},
    {"ups.realpower", 0, 1e7, "W"},
    {"ups.realpower.nominal", 1, 1e7, "W"},
    {"ups.power", 0, 1e7, "VA"},
    {"ups.power.nominal", 1, 1e7, "VA"},
    {"ups.temperature", -60, 200, "°C"},
    {"input.voltage", 0, 50'000, "V"},
    {"input.voltage.nominal", 20, 50'000, "V"},
    {"input.transfer.low", 0, 50'000, "V"},
    {"input.transfer.high", 0, 50'000, "V"},
    {"input.frequency", 0, 1'000, "Hz"},
    {"output.voltage", 0, 50'000, "V"},
}};

constexpr std::uint32_t bit(Variable variable) { return 1u << static_cast<unsigned>(variable); }
constexpr std::size_t index(Variable variable) { return static_cast<std::size_t>(variable); }

bool same_word(std::string_view a, std::string_view upper) {
  return std::ranges::equal(
      a, upper, [](char x, char y) { return std::toupper(static_cast<unsigned char>(x)) == y; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

StatusWords parse_status(std::string_view text) {
  StatusWords out;
  while (true) {
    const auto start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) return out;
    text.remove_prefix(start);
    const auto word = text.substr(0, text.find_first_of(" \t"));
    const auto found = std::ranges::find_if(
        words, [&](const NamedWord& known) { return same_word(word, known.name); });
    out.add(found == words.end() ? StatusWord::other : found->word);
    text.remove_prefix(word.size());
  }
}

std::string_view word_name(StatusWord word) {
  const auto found = std::ranges::find(words, word, &NamedWord::word);
  return found == words.end() ? "?" : found->name;
}

std::string_view variable_name(Variable variable) { return ranges.at(index(variable)).name; }

std::string_view unit_of(Variable variable) { return ranges.at(index(variable)).unit; }

std::optional<Variable> variable_named(std::string_view nut_name) {
  const auto found = std::ranges::find(ranges, nut_name, &Range::name);
  if (found == ranges.end()) return std::nullopt;
  return static_cast<Variable>(found - ranges.begin());
}

bool Values::rejected(Variable variable) const { return (rejected_ & bit(variable)) != 0; }

void Values::set(Variable variable, double value) {
  numbers_[index(variable)] = static_cast<float>(value);
  present_ |= bit(variable);
  rejected_ &= ~bit(variable);
}

ValueResult Values::set_number(Variable variable, double value) {
  const Range& range = ranges[index(variable)];
  if (std::isfinite(value) && value >= range.low && value <= range.high) {
    if (variable == Variable::battery_charge) value = std::min(value, 100.0);
    set(variable, value);
    return ValueResult::accepted;
  }
  present_ &= ~bit(variable);
  rejected_ |= bit(variable);
  return std::isfinite(value) ? ValueResult::absurd : ValueResult::not_a_number;
}

ValueResult Values::set_text(Variable variable, std::string_view text) {
  return set_number(variable,
                    parse_number(text).value_or(std::numeric_limits<double>::quiet_NaN()));
}

std::optional<double> parse_number(std::string_view text) {
  const std::string_view number = trimmed(text);
  double value = 0;
  const auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (ec != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return value;
}

bool Reading::usable() const {
  if (status.bits == 0 || status.has(StatusWord::WAIT)) return false;
  return status.has(StatusWord::OL) || status.has(StatusWord::OB) || status.has(StatusWord::OFF) ||
         status.has(StatusWord::BYPASS) || status.has(StatusWord::FSD);
}

void Values::merge(const Values& part) {
  for (std::uint32_t left = part.present_; left != 0; left &= left - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(left));
    numbers_[i] = part.numbers_[i];
  }
  present_ = (present_ & ~part.rejected_) | part.present_;
  rejected_ = (rejected_ & ~part.present_) | part.rejected_;
}

void Reading::merge(const Reading& part) {
  status.bits |= part.status.bits;
  values.merge(part.values);
  for (const OtherValue& value : part.others) set_other(value.variable, value.number);
}

void Reading::set_other(VariableId variable, double number) {
  if (others.empty() || others.back().variable < variable) {
    others.push_back({variable, number});
    return;
  }
  const auto place = std::ranges::lower_bound(others, variable, {}, &OtherValue::variable);
  if (place->variable == variable) {
    place->number = number;
  } else {
    others.insert(place, {variable, number});
  }
}

}  // namespace nightwatt
