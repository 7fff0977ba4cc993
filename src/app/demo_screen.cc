#include "app/demo_screen.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace nightwatt::app {
namespace {

constexpr unsigned columns_min = 80;
constexpr unsigned rows_min = 24;

bool can_redraw(std::FILE* stream) {
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::string_view(term) == "dumb") return false;
  if (::isatty(::fileno(stream)) != 1) return false;
  winsize size{};
  if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) != 0) return false;
  return size.ws_col >= columns_min && size.ws_row >= rows_min;
}

}  // namespace

Screen::Screen(std::FILE* out) : out_(out), paint_(wants_colour(out)), live_(can_redraw(out)) {
  if (live_) write("\x1b[?25l");
}

Screen::~Screen() {
  if (live_) write("\x1b[?25h");
}

void Screen::write(const std::string& text) {
  if (broken_) return;
  broken_ = std::fwrite(text.data(), 1, text.size(), out_) != text.size() || std::fflush(out_) != 0;
}

// One write for all: a terminal that draws between two of them flickers.
void Screen::print(const std::string& text) {
  std::string out;
  if (!panel_.empty()) out = fmt::format("\x1b[{}A\r\x1b[J", panel_.size());
  write(out + text + "\n" + panel_text());
}

void Screen::draw(const std::vector<std::string>& panel) {
  if (!live_ || panel == panel_) return;
  std::string out;
  if (!panel_.empty()) out = fmt::format("\x1b[{}A\r", panel_.size());
  if (panel.size() < panel_.size()) out += "\x1b[J";
  panel_ = panel;
  write(out + panel_text());
}

void Screen::drop_panel() {
  if (!panel_.empty()) write(fmt::format("\x1b[{}A\r\x1b[J", panel_.size()));
  panel_.clear();
}

std::string Screen::panel_text() const {
  std::string out;
  for (const std::string& line : panel_) out += line + "\x1b[K\n";
  return out;
}

}  // namespace nightwatt::app
