#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/reading.h"

// Which variables of a NUT server's list one schedule keeps besides those that decisions use. The
// server sends all that its driver knows at every poll; what nobody asked for costs nothing.
namespace nightwatt::profile {

class KeptNames {
 public:
  // Repeating it is harmless. REQUIRES: an id of first_other_variable or above.
  void add(std::string_view name, VariableId variable);
  // Letters of either case are the same, as everywhere in NUT.
  std::optional<VariableId> find(std::string_view name) const;
  bool empty() const { return names_.empty(); }
  friend bool operator==(const KeptNames&, const KeptNames&) = default;

 private:
  struct Name {
    std::string name{};
    VariableId variable{};
    friend bool operator==(const Name&, const Name&) = default;
  };
  std::vector<Name> names_{};  // ascending by name in lower case
};

}  // namespace nightwatt::profile
