#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nightwatt::config {

// Text for people in lines of at most 80 columns, broken at blanks.
class Page {
 public:
  // `first` begins the line, what follows after a break is indented by `hang` columns. A word that
  // is longer than a line stands alone and is not cut.
  void add(std::string_view first, std::string_view text, std::size_t hang);
  // "  label: a, b, c", broken after commas only, so that names with blanks stay whole.
  void add_list(std::string_view first, const std::vector<std::string>& items, std::size_t hang);
  void line(std::string_view text);
  void blank() { text_ += '\n'; }
  std::string take() { return std::move(text_); }

 private:
  void words(std::string_view first, const std::vector<std::string>& pieces, std::size_t hang);
  std::string text_;
};

// "10 s" is one word for the eye: whether `word` is the unit of a number that ends `before`.
bool is_unit_of(std::string_view before, std::string_view word);

// "a", "a and b", "a, b, c and 4 more".
std::string named(const std::vector<std::string>& names);

}  // namespace nightwatt::config
