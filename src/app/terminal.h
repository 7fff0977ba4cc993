#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

// What a person sees: colours only on a terminal, 80 columns, and nothing that breaks a pipe.
namespace nightwatt::app {

enum class Colour { plain, red, green, yellow, blue, magenta, cyan, grey, bold };

// Colours when `stream` is a terminal, NO_COLOR (no-color.org) is unset and TERM is not "dumb".
bool wants_colour(std::FILE* stream);

class Painter {
 public:
  explicit Painter(bool on) : on_(on) {}
  std::string operator()(Colour colour, std::string_view text) const;
  bool on() const { return on_; }

 private:
  bool on_;
};

// Wraps at blanks to `width` columns; following lines are indented by `indent` blanks. A word that
// is longer than a line keeps a line of its own. `column`: where the first line begins, after what
// the caller has written there.
std::string wrap(std::string_view text, std::size_t indent, std::size_t width = 80,
                 std::size_t column = 0);

// Printable, one line: control bytes of a device's own text never reach the terminal.
std::string printable(std::string_view text);

// "12 s", "3 m 05 s", "2 h 10 m".
std::string human_seconds(double seconds);

}  // namespace nightwatt::app
