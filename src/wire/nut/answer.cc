#include "wire/nut/answer.h"

#include "wire/nut/words.h"

namespace nightwatt::wire::nut {
namespace {

void append_list_line(std::string& out, std::string_view head, std::string_view kind,
                      std::string_view ups) {
  out += head;
  out += kind;
  if (!ups.empty()) {
    out += ' ';
    append_word(out, ups);
  }
  out += '\n';
}

}  // namespace

void append_begin_list(std::string& out, std::string_view kind, std::string_view ups) {
  append_list_line(out, "BEGIN LIST ", kind, ups);
}
void append_end_list(std::string& out, std::string_view kind, std::string_view ups) {
  append_list_line(out, "END LIST ", kind, ups);
}

void append_var(std::string& out, std::string_view ups, std::string_view name,
                std::string_view value) {
  out += "VAR ";
  append_word(out, ups);
  out += ' ';
  append_word(out, name);
  out += ' ';
  append_quoted(out, value);
  out += '\n';
}

void append_text(std::string& out, std::string_view head, std::string_view ups,
                 std::string_view text) {
  out += head;
  out += ' ';
  append_word(out, ups);
  out += ' ';
  append_quoted(out, text);
  out += '\n';
}

void append_err(std::string& out, std::string_view token) {
  out += "ERR ";
  out += token;
  out += '\n';
}
void append_ok(std::string& out) { out += "OK\n"; }

}  // namespace nightwatt::wire::nut
