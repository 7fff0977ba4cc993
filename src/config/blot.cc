#include "config/blot.h"

#include <algorithm>
#include <array>
#include <optional>

namespace nightwatt::config {
namespace {

constexpr std::size_t secret_width = 8;  // of every secret: its length is nobody's business
constexpr auto none = std::string_view::npos;
constexpr std::string_view blanks = " \t";
constexpr std::array<std::string_view, 2> secret_keys{"password", "community"};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == none; }

// The value of a secret key on the key's line.
struct Secret {
  std::size_t key = 0;  // where the key's word begins
  std::size_t begin = 0;
  std::size_t end = 0;
  bool flow = false;  // in braces that were opened on this line
  bool open = false;  // it may go on in the next line
  bool shown = false;
};

// Behind the colon, when a key ends at `at`; the key may be quoted.
std::optional<std::size_t> behind_colon(std::string_view line, std::size_t at) {
  if (at < line.size() && (line[at] == '"' || line[at] == '\'')) ++at;
  at = line.find_first_not_of(blanks, at);
  if (at == none || line[at] != ':') return std::nullopt;
  return at + 1;
}

std::size_t end_of_quoted(std::string_view line, std::size_t begin) {
  const char quote = line[begin];
  for (std::size_t at = begin + 1; at < line.size(); ++at) {
    if (quote == '"' && line[at] == '\\') {
      ++at;
    } else if (line[at] == quote) {
      if (quote == '"' || at + 1 >= line.size() || line[at + 1] != quote) return at;
      ++at;  // two of them mean one
    }
  }
  return none;
}

// Behind "${NAME}"; `begin` when there is none.
std::size_t end_of_reference(std::string_view line, std::size_t begin) {
  if (!line.substr(begin).starts_with("${")) return begin;
  const std::size_t end = line.find('}', begin);
  return end == none ? begin : end + 1;
}

// Behind anchors and tags, which stand before what is quoted.
std::size_t value_begin(std::string_view line, std::size_t at) {
  at = line.find_first_not_of(blanks, at);
  while (at != none && (line[at] == '&' || line[at] == '!')) {
    at = line.find_first_not_of(blanks, std::min(line.find_first_of(blanks, at), line.size()));
  }
  return at;
}

Secret secret_at(std::string_view line, std::size_t key, std::size_t behind) {
  Secret out{key, line.size(), line.size()};
  out.flow = line.find('{') < key;
  out.begin = std::min(value_begin(line, behind), line.size());
  out.open = true;
  if (out.begin == line.size()) return out;
  std::size_t end = none;
  if (line[out.begin] == '"' || line[out.begin] == '\'') {
    end = end_of_quoted(line, out.begin);
    ++out.begin;
  } else {
    const std::size_t reference = end_of_reference(line, out.begin);
    const std::size_t next = line.find_first_not_of(blanks, reference);
    out.shown = reference > out.begin &&
                (next == none || (out.flow && (line[next] == ',' || line[next] == '}')));
    end = out.flow ? line.find_first_of(",}", reference) : none;
  }
  out.open = end == none && !out.shown;
  out.end = std::min(end, line.size());
  return out;
}

// The first one whose key begins at `from` or behind it.
std::optional<Secret> next_secret(std::string_view line, std::size_t from) {
  for (std::size_t at = from; at < line.size(); ++at) {
    for (const std::string_view key : secret_keys) {
      const bool here = std::ranges::equal(line.substr(at, key.size()), key, {}, lower);
      if (!here) continue;
      if (const auto behind = behind_colon(line, at + key.size())) {
        return secret_at(line, at, *behind);
      }
    }
  }
  return std::nullopt;
}

// The one whose value may go on in the next line.
std::optional<Secret> open_secret(std::string_view line) {
  for (auto found = next_secret(line, 0); found; found = next_secret(line, found->end)) {
    if (found->open) return found;
    if (found->shown) return std::nullopt;
  }
  return std::nullopt;
}

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// A value that began before this line, with a key further to the left: what a line belongs to
// stands above it with less indentation. In braces indentation means nothing.
bool continues_secret(std::string_view before, std::size_t indent) {
  bool nearest = true;
  while (!before.empty() && indent > 0) {
    before.remove_suffix(1);                           // its '\n'
    const std::size_t start = before.rfind('\n') + 1;  // none + 1 is 0
    std::string_view line = before.substr(start);
    before = before.substr(0, start);
    if (is_blank(line)) continue;
    const bool less = indentation(line) < indent;
    if (const auto secret = less || nearest ? open_secret(line) : std::nullopt) {
      if (nearest && secret->flow) return true;
      if (less && !secret->flow && secret->key < indent) return true;
    }
    if (less) indent = indentation(line);
    nearest = false;
  }
  return false;
}

std::size_t start_of(std::string_view text, std::uint32_t line) {
  std::size_t at = 0;
  for (std::uint32_t i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n', at);
    if (end == none) return text.size();
    at = end + 1;
  }
  return at;
}

void blot_out(std::string& line, std::size_t begin, std::size_t end, std::size_t& column) {
  line.replace(begin, end - begin, secret_width, '*');
  if (column - 1 >= end) {
    column = column - (end - begin) + secret_width;
  } else if (column - 1 > begin) {
    column = begin + 1;
  }
}

}  // namespace

std::string without_secrets(std::string_view text, std::uint32_t line, std::size_t& column) {
  const std::size_t start = start_of(text, line);
  std::string out(text.substr(start, text.find('\n', start) - start));
  while (out.ends_with('\r')) out.pop_back();
  const std::size_t indent = indentation(out);
  if (!is_blank(out) && continues_secret(text.substr(0, start), indent)) {
    blot_out(out, indent, out.size(), column);
    return out;
  }
  for (auto found = next_secret(out, 0); found;) {
    std::size_t from = found->end;
    if (!found->shown && found->end > found->begin) {
      blot_out(out, found->begin, found->end, column);
      from = found->begin + secret_width;
    }
    found = next_secret(out, from);
  }
  return out;
}

}  // namespace nightwatt::config
