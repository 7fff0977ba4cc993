#include "config/command_line.h"

#include <optional>

namespace nightwatt::config {
namespace {

constexpr std::string_view shell_only = "|&;<>()$`*?{}[]\n#!~";
constexpr std::string_view shell_only_in_double_quotes = "$`";

unexpected<Error> refused(char c) {
  return fail(Errc::bad_reply,
              c == '\n'
                  ? "a line break outside quotes"
                  : std::string("'") + c + "' outside single quotes means something to a shell");
}

}  // namespace

expected<std::vector<std::string>, Error> split_command(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool has_next = i + 1 < text.size();
    if (quote == '\'') {
      if (c == '\'')
        quote = 0;
      else
        *word += c;
    } else if (quote == '"') {
      if (shell_only_in_double_quotes.find(c) != std::string_view::npos) return refused(c);
      if (c == '"')
        quote = 0;
      else if (c == '\\' && has_next && (text[i + 1] == '"' || text[i + 1] == '\\'))
        *word += text[++i];
      else
        *word += c;
    } else if (c == ' ' || c == '\t') {
      if (word) words.push_back(std::move(*word));
      word.reset();
    } else {
      if (shell_only.find(c) != std::string_view::npos) return refused(c);
      if (!word) word.emplace();
      if (c == '\'' || c == '"')
        quote = c;
      else if (c == '\\' && has_next)
        *word += text[++i];
      else
        *word += c;
    }
  }
  if (quote != 0) return fail(Errc::bad_reply, "a quotation is never closed");
  if (word) words.push_back(std::move(*word));
  if (words.empty() || words[0].empty()) return fail(Errc::bad_reply, "it names no program");
  return words;
}

}  // namespace nightwatt::config
