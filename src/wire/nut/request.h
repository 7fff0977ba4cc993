#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/nut/words.h"

// Requests of the NUT protocol: written by our client, understood by the rack's server.
namespace nightwatt::wire::nut {

// Each appends one line with its LF. REQUIRES: every argument is sendable().
void append_list_var(std::string& out, std::string_view ups);
void append_get_var(std::string& out, std::string_view ups, std::string_view variable);
void append_username(std::string& out, std::string_view name);
void append_password(std::string& out, std::string_view password);
void append_login(std::string& out, std::string_view ups);
// From here on upsd remembers what becomes of each order of this connection (NUT 2.8).
void append_set_tracking(std::string& out);
void append_get_tracking(std::string& out, std::string_view id);
// An instant command; an empty parameter is left out.
void append_instcmd(std::string& out, std::string_view ups, std::string_view command,
                    std::string_view parameter);
void append_set_var(std::string& out, std::string_view ups, std::string_view variable,
                    std::string_view value);
void append_ver(std::string& out);
void append_logout(std::string& out);

enum class Verb : std::uint8_t {
  unknown,
  ver,
  netver,  // NETVER, PROTVER
  help,
  starttls,
  username,
  password,
  login,   // LOGIN, ATTACH
  logout,  // LOGOUT, DETACH
  list_ups,
  list_var,
  list_other,  // RW CMD ENUM RANGE CLIENT
  get_var,
  get_upsdesc,
  get_numlogins,  // NUMLOGINS, NUMATTACH
  get_other,
  bad_arguments,  // a known verb with a wrong number of arguments, or an unknown sub-command
};

struct Request {
  Verb verb = Verb::unknown;
  std::string_view kind;  // the sub-command of LIST and GET as it was written
  std::string_view ups;   // or the user name, or the password
  std::string_view variable;
};

// What upsd would make of the line. Views point into `words`. An empty line is Verb::unknown.
Request parse_request(const Words& words);

}  // namespace nightwatt::wire::nut
