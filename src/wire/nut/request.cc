#include "wire/nut/request.h"

#include "base/check.h"

namespace nightwatt::wire::nut {
namespace {

void append_line(std::string& out, std::string_view head, std::string_view a = {},
                 std::string_view b = {}) {
  NW_CHECK(sendable(a) && sendable(b));
  out += head;
  for (const auto word : {a, b}) {
    if (word.data() == nullptr) continue;
    out += ' ';
    append_word(out, word);
  }
  out += '\n';
}

struct Command {
  std::string_view word;
  Verb verb;
  std::size_t words;  // exactly, command included; 0: any
};

constexpr Command commands[] = {
    {"VER", Verb::ver, 1},           {"NETVER", Verb::netver, 1},
    {"PROTVER", Verb::netver, 1},    {"HELP", Verb::help, 1},
    {"STARTTLS", Verb::starttls, 1}, {"USERNAME", Verb::username, 2},
    {"PASSWORD", Verb::password, 2}, {"LOGIN", Verb::login, 2},
    {"ATTACH", Verb::login, 2},      {"LOGOUT", Verb::logout, 1},
    {"DETACH", Verb::logout, 1},
};

// Further arguments of LIST and GET are ignored, as upsd does.
constexpr Command queries[] = {
    {"LIST UPS", Verb::list_ups, 2},           {"LIST VAR", Verb::list_var, 3},
    {"LIST RW", Verb::list_other, 3},          {"LIST CMD", Verb::list_other, 3},
    {"LIST ENUM", Verb::list_other, 4},        {"LIST RANGE", Verb::list_other, 4},
    {"LIST CLIENT", Verb::list_other, 3},      {"GET VAR", Verb::get_var, 4},
    {"GET UPSDESC", Verb::get_upsdesc, 3},     {"GET NUMLOGINS", Verb::get_numlogins, 3},
    {"GET NUMATTACH", Verb::get_numlogins, 3}, {"GET TYPE", Verb::get_other, 4},
    {"GET DESC", Verb::get_other, 4},          {"GET CMDDESC", Verb::get_other, 4},
};

bool same_query(const Words& words, std::string_view query) {
  const std::size_t space = query.find(' ');
  return same_word(words[0], query.substr(0, space)) &&
         same_word(words[1], query.substr(space + 1));
}

}  // namespace

void append_list_var(std::string& out, std::string_view ups) { append_line(out, "LIST VAR", ups); }
void append_get_var(std::string& out, std::string_view ups, std::string_view variable) {
  append_line(out, "GET VAR", ups, variable);
}
void append_username(std::string& out, std::string_view name) {
  append_line(out, "USERNAME", name);
}
void append_password(std::string& out, std::string_view password) {
  append_line(out, "PASSWORD", password);
}
void append_login(std::string& out, std::string_view ups) { append_line(out, "LOGIN", ups); }
void append_set_tracking(std::string& out) { append_line(out, "SET TRACKING ON"); }
void append_get_tracking(std::string& out, std::string_view id) {
  append_line(out, "GET TRACKING", id);
}
void append_instcmd(std::string& out, std::string_view ups, std::string_view command,
                    std::string_view parameter) {
  append_line(out, "INSTCMD", ups, command);
  if (parameter.empty()) return;
  NW_CHECK(sendable(parameter));
  out.back() = ' ';
  append_word(out, parameter);
  out += '\n';
}
void append_set_var(std::string& out, std::string_view ups, std::string_view variable,
                    std::string_view value) {
  append_line(out, "SET VAR", ups, variable);
  NW_CHECK(sendable(value));
  out.back() = ' ';
  append_quoted(out, value);
  out += '\n';
}
void append_ver(std::string& out) { append_line(out, "VER"); }
void append_logout(std::string& out) { append_line(out, "LOGOUT"); }

Request parse_request(const Words& words) {
  Request request;
  for (const Command& command : commands) {
    if (!same_word(words[0], command.word)) continue;
    request.verb = words.size() == command.words ? command.verb : Verb::bad_arguments;
    request.ups = words[1];
    return request;
  }
  if (!same_word(words[0], "LIST") && !same_word(words[0], "GET")) return request;
  request.verb = Verb::bad_arguments;
  for (const Command& query : queries) {
    if (!same_query(words, query.word)) continue;
    if (words.size() < query.words) return request;
    request.verb = query.verb;
    request.kind = words[1];
    request.ups = words[2];
    request.variable = words[3];
  }
  return request;
}

}  // namespace nightwatt::wire::nut
