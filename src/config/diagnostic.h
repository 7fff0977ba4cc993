#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What is wrong with a configuration, and where. All problems of a file are collected in one pass,
// because a person wants to repair a file once and not error by error.
namespace nightwatt::config {

// 1-based, as editors count; the column counts bytes. {0, 0}: the file as a whole.
struct SourcePos {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const SourcePos&, const SourcePos&) = default;
};

// A value that remembers where it was written, so that a later check can still point at it.
template <class T>
struct Located {
  T value{};
  SourcePos pos{};
};

enum class Severity : std::uint8_t {
  note,     // accepted, and a person should know what it means here
  warning,  // accepted, probably not what was wanted
  error,    // the configuration is refused as a whole
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

// One diagnostic as people see it, each line ended by a newline:
//     site.yaml:12:18: error: min_healthy must be at least 1, got 0
//             min_healthy: 0
//                          ^
//         hint: remove the group instead
// A long source line is cut around the caret so that it fits 80 columns; secrets in it are shown as
// asterisks (config/blot.h).
std::string render(const Diagnostic& diagnostic, std::string_view file_name,
                   std::string_view file_text);
// All of them in the order of the list.
std::string render(const Diagnostics& diagnostics, std::string_view file_name,
                   std::string_view file_text);

}  // namespace nightwatt::config
