#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "yaml/diagnostic.h"

// A YAML document as values with places. libyaml scans and parses (docs/adr/0011-libyaml.md);
// duplicate keys, limits and aliases are ours.
namespace nightwatt::yaml {

enum class ItemKind : std::uint8_t { null, scalar, list, mapping };

struct Item {
  ItemKind kind = ItemKind::null;
  bool plain = false;  // a scalar without quotes: only these can be numbers and booleans
  SourcePos pos{};
  std::string text{};                   // scalar
  std::vector<const Item*> children{};  // list: items; mapping: key, value, key, value
  std::uint64_t weight = 1;             // nodes below and including this, aliases replaced
};

// "a list", "a mapping", "nothing", or the scalar in quotes, cut to a readable length.
std::string describe(const Item& node);

enum class DuplicateKeys : std::uint8_t { errors, allowed };

class Tree {
 public:
  // nullptr when the text is no single, sane YAML document; the reason is in `out`. Duplicate keys
  // do not prevent a tree, and are reported unless the format allows them. An alias is the node
  // that it names, so the result is acyclic but not a tree in the strict sense.
  const Item* parse(std::string_view text, Diagnostics& out, std::string hint_when_empty = {},
                    DuplicateKeys duplicates = DuplicateKeys::errors);

 private:
  std::deque<Item> nodes_;  // addresses stay
};

}  // namespace nightwatt::yaml
