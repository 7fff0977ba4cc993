#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "wire/nut/line_reader.h"
#include "wire/nut/request.h"

// A hostile client. Lines are found, split and understood without harm; every word that was
// understood and can travel comes back the same after it was written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace nightwatt::wire::nut;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  LineReader lines;
  while (const auto line = lines.next(bytes)) {
    NW_CHECK(line->size() <= line_bytes_max);
    Words words;
    if (words.split(*line) != LineFault::none) continue;
    const Request request = parse_request(words);
    NW_CHECK(request.verb != Verb::unknown || words.size() == 0 || !same_word(words[0], "LIST"));

    std::string again;
    bool all = true;
    for (std::size_t i = 0; i < words.size(); ++i) {
      all = all && sendable(words[i]);
      if (!all) break;
      if (i > 0) again += ' ';
      append_word(again, words[i]);
    }
    if (!all || again.size() > line_bytes_max) continue;
    Words second;
    NW_CHECK(second.split(again) == LineFault::none);
    NW_CHECK(second.size() == words.size());
    for (std::size_t i = 0; i < words.size(); ++i) NW_CHECK(second[i] == words[i]);
    NW_CHECK(parse_request(second).verb == request.verb);
  }
  return 0;
}
