#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What is wrong with a file, and where. All its problems are collected in one pass, because a
// person wants to repair a file once and not error by error.
namespace nightwatt::yaml {

// 1-based, as editors count; the column counts bytes. {0, 0}: the file as a whole.
struct SourcePos {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const SourcePos&, const SourcePos&) = default;
};

enum class Severity : std::uint8_t {
  note,     // accepted, and a person should know what it means here
  warning,  // accepted, probably not what was wanted
  error,    // the file is refused as a whole
};
std::string_view to_string(Severity severity);

struct Diagnostic {
  Severity severity = Severity::error;
  SourcePos pos{};
  std::string message;  // what is wrong: lower case, no full stop
  std::string hint;     // what to write instead; may be empty
};

class Diagnostics {
 public:
  void error(SourcePos pos, std::string message, std::string hint = {});
  void warning(SourcePos pos, std::string message, std::string hint = {});
  void note(SourcePos pos, std::string message, std::string hint = {});

  bool ok() const { return errors_ == 0; }  // no error; warnings and notes are fine
  std::size_t errors() const { return errors_; }
  const std::vector<Diagnostic>& list() const { return list_; }
  // By place in the file; same place: in the order in which they were found.
  void sort();

 private:
  void add(Severity severity, SourcePos pos, std::string message, std::string hint);

  std::vector<Diagnostic> list_;
  std::size_t errors_ = 0;
  bool full_ = false;
};

}  // namespace nightwatt::yaml
