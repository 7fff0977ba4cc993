#include "profile/kept_names.h"

#include <algorithm>

namespace nightwatt::profile {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool before(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b,
                                              [](char x, char y) { return lower(x) < lower(y); });
}

}  // namespace

void KeptNames::add(std::string_view name, VariableId variable) {
  const auto place = std::ranges::lower_bound(names_, name, before, &Name::name);
  if (place != names_.end() && !before(name, place->name)) return;
  names_.insert(place, Name{std::string(name), variable});
}

std::optional<VariableId> KeptNames::find(std::string_view name) const {
  const auto place = std::ranges::lower_bound(names_, name, before, &Name::name);
  if (place == names_.end() || before(name, place->name)) return std::nullopt;
  return place->variable;
}

}  // namespace nightwatt::profile
