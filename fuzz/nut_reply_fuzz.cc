#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "wire/nut/reply.h"

// A hostile server. Whatever the bytes, and however they are cut, the reader comes to the same
// outcome and keeps its limits.
namespace {

using nightwatt::wire::nut::Progress;
using nightwatt::wire::nut::ReplyReader;

struct Outcome {
  Progress progress = Progress::more;
  std::size_t taken = 0;
};

Outcome read(ReplyReader& reader, std::string_view bytes, std::size_t portion) {
  Outcome out;
  while (!bytes.empty() && out.progress == Progress::more) {
    std::string_view chunk = bytes.substr(0, portion);
    const std::size_t size = chunk.size();
    out.progress = reader.feed(chunk);
    out.taken += size - chunk.size();
    bytes.remove_prefix(size);
  }
  return out;
}

}  // namespace

// The first byte: what is expected (two bits) and the size of the portions.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool list = (data[0] & 1) != 0;
  const bool tracking = (data[0] & 2) != 0;
  const std::size_t portion = 1 + (data[0] >> 2);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  nightwatt::profile::KeptNames names;
  names.add("ups.delay.shutdown", nightwatt::VariableId{nightwatt::first_other_variable});
  ReplyReader whole;
  ReplyReader cut;
  for (ReplyReader* reader : {&whole, &cut}) {
    if (list) {
      reader->expect_list_var("ups1", &names, nightwatt::Texts::all);
    } else if (tracking) {
      reader->expect_tracking();
    } else {
      reader->expect_ok();
    }
  }
  const Outcome a = read(whole, bytes, bytes.size());
  const Outcome b = read(cut, bytes, portion);
  NW_CHECK(a.progress == b.progress);
  if (a.progress == Progress::done) {
    NW_CHECK(a.taken == b.taken);
    NW_CHECK(whole.reading() == cut.reading());
    NW_CHECK(whole.texts() == cut.texts());
    NW_CHECK(whole.texts().size() <= nightwatt::wire::nut::texts_max);
    NW_CHECK(whole.variables() == cut.variables() && whole.ignored() == cut.ignored());
    NW_CHECK(whole.tracking_id() == cut.tracking_id());
    NW_CHECK(whole.carried_out() == cut.carried_out());
    NW_CHECK(whole.variables() <= nightwatt::wire::nut::reply_lines_max);
  }
  if (a.progress == Progress::failed) {
    NW_CHECK(whole.failure() == cut.failure() && whole.text() == cut.text());
    NW_CHECK(whole.text().size() < 200);
    for (const char c : whole.text()) NW_CHECK(c >= 0x20 && c < 0x7f);
  }
  return 0;
}
