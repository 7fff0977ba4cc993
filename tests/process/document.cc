#include "tests/process/document.h"

#include <fstream>
#include <sstream>

#include "tests_places.h"

namespace nightwatt::process {
namespace {

constexpr std::string_view anything = "...";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    out.push_back(line);
  }
  while (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

bool line_shows(std::string_view pattern, std::string_view actual) {
  const auto gap = pattern.find(anything);
  if (gap == std::string_view::npos) return pattern == actual;
  if (!actual.starts_with(pattern.substr(0, gap))) return false;
  const std::string_view rest = pattern.substr(gap + anything.size());
  actual.remove_prefix(gap);
  for (std::size_t skipped = 0; skipped <= actual.size(); ++skipped) {
    if (line_shows(rest, actual.substr(skipped))) return true;
  }
  return false;
}

using Lines = std::vector<std::string>;

bool lines_show(const Lines& pattern, std::size_t p, const Lines& actual, std::size_t a) {
  if (p == pattern.size()) return a == actual.size();
  if (pattern[p] == anything) {
    for (std::size_t next = a; next <= actual.size(); ++next) {
      if (lines_show(pattern, p + 1, actual, next)) return true;
    }
    return false;
  }
  return a < actual.size() && line_shows(pattern[p], actual[a]) &&
         lines_show(pattern, p + 1, actual, a + 1);
}

}  // namespace

std::string read_document(const std::string& name) {
  std::ifstream in(std::string(NIGHTWATT_SOURCE_DIR) + "/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<FencedBlock> fenced_blocks(const std::string& document) {
  std::vector<FencedBlock> out;
  bool inside = false;
  int number = 0;
  std::istringstream in(document);
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) out.push_back({.info = line.substr(3), .text = {}, .line = number});
    } else if (inside) {
      out.back().text += line + "\n";
    }
  }
  return out;
}

std::vector<ConsoleStep> console_steps(const FencedBlock& block) {
  std::vector<ConsoleStep> out;
  int number = block.line;
  bool continued = false;
  std::istringstream in(block.text);
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (continued) {
      out.back().command += "\n" + line;
    } else if (line.starts_with("$ ")) {
      out.push_back({.command = line.substr(2), .output = {}, .code = 0, .line = number});
    } else if (!out.empty() && line.starts_with("[exit ")) {
      out.back().code = std::stoi(line.substr(6));
    } else if (!out.empty()) {
      out.back().output += line + "\n";
    }
    continued = (continued || line.starts_with("$ ")) && line.ends_with("\\");
  }
  return out;
}

std::string section(const std::string& document, const std::string& heading) {
  const auto rank = heading.find(' ');
  std::string out;
  bool inside = false;
  bool fenced = false;
  std::istringstream in(document);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) fenced = !fenced;
    const auto level = line.find_first_not_of('#');
    const bool is_heading =
        !fenced && level != 0 && level != std::string::npos && line[level] == ' ';
    if (inside && is_heading && level <= rank) break;
    if (is_heading && line == heading) inside = true;
    if (inside) out += line + "\n";
  }
  return out;
}

std::vector<std::string> first_cells(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| `")) continue;
    out.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  return out;
}

bool shows(const std::string& pattern, const std::string& actual) {
  return lines_show(lines_of(pattern), 0, lines_of(actual), 0);
}

}  // namespace nightwatt::process
