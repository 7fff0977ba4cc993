#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/brief_duration.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "yaml/tree.h"

// One mapping of the file while it is read: keys are taken by name and type, and what nobody took
// is an unknown key. Every reading function reports what is wrong, leaves `into` alone then, and
// returns true only when the key was there and good. A key with no value ("triggers:") counts as
// not written.
namespace nightwatt::config {

using yaml::Item;
using yaml::ItemKind;

struct NumberRange {
  double low = 0;
  double high = 0;
  bool above_low = false;  // low itself is not allowed
};
struct DurationRange {
  Duration low{0};
  Duration high{std::chrono::hours(24 * 366)};
  Duration bare_unit{1'000};  // what a number without a unit counts
};

class Section {
 public:
  // A node that is no mapping is reported; the section is then empty. `label` names it in messages:
  // "ups['UPS-A'].triggers", "" for the whole file.
  Section(const Item& node, std::string label, Diagnostics& out);

  void rename(std::string label) { label_ = std::move(label); }
  const std::string& label() const { return label_; }
  std::string path(std::string_view key) const;  // "ups['UPS-A'].name"
  Diagnostics& out() const { return out_; }
  SourcePos pos() const { return pos_; }
  // The place of a key's value; of the section when the key is not written.
  SourcePos pos_of(std::string_view key) const;
  // The place of the key itself; of the section when it is not written.
  SourcePos key_pos(std::string_view key) const;
  bool has(std::string_view key) const;  // written, and with a value

  // The value, marked as known; nullptr when not written.
  const Item* take(std::string_view key);
  const Item* take_list(std::string_view key);  // reports what is no list

  bool flag(std::string_view key, bool& into);
  bool whole(std::string_view key, int& into, int low, int high);
  bool number(std::string_view key, double& into, NumberRange range);
  bool duration(std::string_view key, Duration& into, DurationRange range = {});
  bool duration(std::string_view key, BriefDuration& into, DurationRange range = {});
  bool text(std::string_view key, std::string& into);           // not empty
  bool any_text(std::string_view key, std::string& into);       // may be empty
  bool name(std::string_view key, Located<std::string>& into);  // not empty, name_bytes_max
  bool texts(std::string_view key, std::vector<Located<std::string>>& into);  // a list of text
  // One of `words`. A second word for the same value is an alias: taken, not listed. None of
  // `not_meant` is ever suggested: nobody should be led to a weak cipher by a typing error.
  template <class E>
  bool choice(std::string_view key, E& into,
              std::initializer_list<std::pair<std::string_view, E>> words,
              std::initializer_list<std::string_view> not_meant = {}) {
    std::vector<Word> names;
    for (auto it = words.begin(); it != words.end(); ++it) {
      const auto same = [&](const auto& each) { return each.second == it->second; };
      names.push_back(
          {it->first, std::any_of(words.begin(), it, same),
           std::find(not_meant.begin(), not_meant.end(), it->first) != not_meant.end()});
    }
    const int picked = pick(key, names);
    if (picked >= 0) into = (words.begin() + picked)->second;
    return picked >= 0;
  }

  // Keys that are known and not used here, so that they are not "unknown".
  void ignore(std::initializer_list<std::string_view> keys);
  // Keys that have no meaning beside others: each one that is written is an error, "KEY why".
  void refuse(std::initializer_list<std::string_view> keys, std::string_view why,
              const std::string& hint = {});
  // Keys that people look for here and that belong elsewhere: whoever writes one is told where.
  // `words` must outlive the section.
  void elsewhere(std::initializer_list<std::string_view> keys, std::string_view words);
  // All keys count as known: what they mean cannot be told.
  void skip();
  // Ends reading: each key that nobody took is an error, with the key that was meant when one is
  // near. Top-level `x-...` keys are the user's own.
  void finish();

 private:
  struct Entry {
    const Item* key;
    const Item* value;
    bool known;
  };
  struct Word {
    std::string_view text;
    bool alias = false;
    bool not_meant = false;
  };
  const Entry* find(std::string_view key) const;
  void add_entries(const Item& mapping);
  void merge(const Item& merged);
  int pick(std::string_view key, const std::vector<Word>& words);
  const Item* take_scalar(std::string_view key, std::string_view wanted);
  bool wrong(std::string_view key, const Item& node, std::string_view wanted,
             std::string hint = {});

  std::string label_;
  Diagnostics& out_;
  SourcePos pos_{};
  std::vector<Entry> entries_;
  // Keys that exist here, for "did you mean". Views: a key must outlive the section, as a literal
  // or a name from a table does.
  std::vector<std::string_view> asked_;
  std::vector<std::pair<std::string_view, std::string_view>> elsewhere_;
};

// The hint for a word that is none of `words`: "did you mean 'x'?", else the list of them.
std::string meant(std::string_view typed, const std::vector<std::string_view>& words);

}  // namespace nightwatt::config
