#include "config/profiles/meanings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <utility>

#include "config/duration.h"
#include "config/limits.h"
#include "config/profiles/source.h"

namespace nightwatt::config {
namespace {

using profile::MapKind;
using profile::Meaning;

constexpr std::array<std::pair<std::string_view, MapKind>, 3> maps{
    {{"values", MapKind::values}, {"bits", MapKind::bits}, {"flags", MapKind::flags}}};
constexpr int flags_max = 256;

std::vector<std::string_view> status_names() {
  std::vector<std::string_view> out;
  for (int i = 0; i < 32; ++i) {
    const auto word = static_cast<StatusWord>(1u << i);
    if (word == StatusWord::other) break;
    if (word_name(word) != "?") out.push_back(word_name(word));
  }
  return out;
}

// What one raw value, bit or flag means.
class MeaningReader {
 public:
  MeaningReader(Section& section, const profile::Item& item, MapKind map, std::string_view key)
      : out_(section.out()), item_(item), map_(map), where_(section.path(key)) {}

  bool read(const Item& key, const Item& value, Meaning& into) {
    const auto raw = key.kind == ItemKind::scalar ? parse_whole(key.text) : std::nullopt;
    if (!raw || !in_range(*raw)) {
      out_.error(key.pos, fmt::format("{}: {} is no {}", where_, describe(key), wanted()));
      return false;
    }
    into.raw = *raw;
    if (item_.variable != status_variable) return read_number(value, into);
    if (map_ == MapKind::values || value.kind != ItemKind::mapping) {
      return read_words(value, where_, into.words, out_);
    }
    Section both(value, fmt::format("{}[{}]", where_, *raw), out_);
    const Item* set = both.take("set");
    const Item* clear = both.take("clear");
    if (set != nullptr) read_words(*set, both.path("set"), into.words, out_);
    if (clear != nullptr) read_words(*clear, both.path("clear"), into.otherwise, out_);
    both.finish();
    return true;
  }

 private:
  bool in_range(std::int64_t raw) const {
    if (map_ == MapKind::bits) return raw >= 0 && raw < bits_of(item_.source);
    if (map_ == MapKind::flags) return raw >= 1 && raw <= flags_max;
    const RawRange range = raw_range(item_.source);
    const auto value = static_cast<double>(raw);
    return !range.bounded() || (value >= range.low && value <= range.high);
  }
  std::string wanted() const {
    if (map_ == MapKind::bits) {
      return fmt::format("number of a bit from 0 to {}", bits_of(item_.source) - 1);
    }
    if (map_ == MapKind::flags) return fmt::format("number of a flag from 1 to {}", flags_max);
    const RawRange range = raw_range(item_.source);
    if (!range.bounded()) return "whole number";
    return fmt::format("whole number from {:.0f} to {:.0f}", range.low, range.high);
  }
  bool read_number(const Item& value, Meaning& into) {
    const auto number =
        value.kind == ItemKind::scalar ? config::parse_number(value.text) : std::nullopt;
    if (!number) {
      out_.error(value.pos,
                 fmt::format("{}: the meaning must be a number, got {}", where_, describe(value)),
                 "status words are for ups.status only");
      return false;
    }
    into.number = *number;
    return true;
  }

  Diagnostics& out_;
  const profile::Item& item_;
  MapKind map_;
  std::string where_;
};

}  // namespace

bool read_words(const Item& node, const std::string& where, StatusWords& into, Diagnostics& out) {
  if (node.kind == ItemKind::null) return true;
  if (node.kind != ItemKind::scalar) {
    out.error(node.pos, where + " must be status words, got " + describe(node),
              "as in \"OL CHRG\"; \"\" for none");
    return false;
  }
  const std::vector<std::string_view> names = status_names();
  for (std::size_t at = 0; at < node.text.size();) {
    const std::size_t end = std::min(node.text.find(' ', at), node.text.size());
    const std::string word = node.text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (std::ranges::find(names, std::string_view(word)) == names.end()) {
      out.error(node.pos, where + ": '" + word + "' is no status word", meant(word, names));
      return false;
    }
  }
  into = parse_status(node.text);
  return true;
}

void read_meanings(Section& section, profile::Item& item) {
  for (const auto& [key, map] : maps) {
    const Item* node = section.take(key);
    if (node == nullptr) continue;
    if (item.map != MapKind::none) {
      section.out().error(section.key_pos(key), section.label() + " has more than one map",
                          "one of values, bits and flags");
      continue;
    }
    item.map = map;
    if (node->kind != ItemKind::mapping || node->children.empty() ||
        node->children.size() > 2 * meanings_max) {
      section.out().error(node->pos,
                          fmt::format("{} must be a mapping of 1 to {} meanings, got {}",
                                      section.path(key), meanings_max, describe(*node)),
                          "as in {2: OL, 3: OB}");
      continue;
    }
    MeaningReader reader(section, item, map, key);
    for (std::size_t i = 0; i < node->children.size(); i += 2) {
      Meaning meaning;
      if (!reader.read(*node->children[i], *node->children[i + 1], meaning)) continue;
      const auto place = std::ranges::lower_bound(item.meanings, meaning.raw, {}, &Meaning::raw);
      if (place != item.meanings.end() && place->raw == meaning.raw) {
        section.out().error(node->children[i]->pos, fmt::format("{} says twice what {} means",
                                                                section.path(key), meaning.raw));
        continue;
      }
      item.meanings.insert(place, meaning);
    }
  }
}

}  // namespace nightwatt::config
