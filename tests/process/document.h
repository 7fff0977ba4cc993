#pragma once

#include <string>
#include <string_view>
#include <vector>

// A Markdown file as a test sees it: its fenced blocks, its sections, its tables.
namespace nightwatt::process {

// ```INFO ... ``` of a document.
struct FencedBlock {
  std::string info;  // the words behind the fence: "console runnable"
  std::string text;
  int line = 0;  // of the opening fence
};

// One "$ command" of a console block and what it prints.
struct ConsoleStep {
  std::string command;
  std::string output;  // expected, with "..." for whatever differs from run to run
  int code = 0;        // expected; "[exit 2]" as the last line says otherwise
  int line = 0;
};

// Reads a file below the source folder. Empty when it is not there.
std::string read_document(const std::string& name);
std::vector<FencedBlock> fenced_blocks(const std::string& document);
std::vector<ConsoleStep> console_steps(const FencedBlock& block);
// From the heading line `heading` ("## nightwatt run") to the next one of its rank or above.
std::string section(const std::string& document, const std::string& heading);
// The first cells, without back-ticks, of the rows of each table in this text.
std::vector<std::string> first_cells(const std::string& text);

// Whether `actual` is what `pattern` shows: "..." inside a line stands for any text in it, a line
// of its own for any number of lines. Blanks at the ends of lines do not count.
bool shows(const std::string& pattern, const std::string& actual);

}  // namespace nightwatt::process
