#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "model/reading.h"

// Names of variables: those of NUT ("NUT command and variable naming scheme"), and a user's own.
namespace nightwatt::config {

// Numbers for names. A name that decisions do not use gets the next number in `others`, which is
// Site::other_variables.
class VariableNames {
 public:
  explicit VariableNames(std::vector<std::string>& others) : others_(others) {}
  // Nothing: there are other_variables_max names already.
  std::optional<VariableId> id(std::string_view name);
  std::string name(VariableId id) const;

 private:
  std::vector<std::string>& others_;
};

// NUT has this number, or it may be one of NUT's series ("outlet.3.current", "input.L2.voltage").
bool is_nut_number(std::string_view name);

// False, with an error at the name's place: not of NUT's form, text in NUT (ups.model), the name of
// a status point (comm.*), or so near to one of NUT's names that it must be a slip
// ("battery.chage").
bool check_variable_name(const Located<std::string>& name, const std::string& where,
                         Diagnostics& out);
// The same for a status point that is a number.
bool check_point_name(const Located<std::string>& name, const std::string& where, Diagnostics& out);
// The same for an instant command. A name that NUT does not know is the device's own.
bool check_command_name(const Located<std::string>& name, const std::string& where,
                        Diagnostics& out);

}  // namespace nightwatt::config
