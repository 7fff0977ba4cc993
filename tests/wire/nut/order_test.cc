#include <gtest/gtest.h>

#include <string>

#include "wire/nut/reply.h"
#include "wire/nut/request.h"

// Instant commands and variable writes: what is written, and what the answers mean.
namespace nightwatt::wire::nut {
namespace {

std::string command(std::string_view name, std::string_view parameter) {
  std::string out;
  append_instcmd(out, "ups1", name, parameter);
  return out;
}

std::string write(std::string_view variable, std::string_view value) {
  std::string out;
  append_set_var(out, "ups1", variable, value);
  return out;
}

TEST(Order, IsWrittenAsUpsdReadsIt) {
  EXPECT_EQ(command("test.battery.start", ""), "INSTCMD ups1 test.battery.start\n");
  EXPECT_EQ(command("load.off", "120"), "INSTCMD ups1 load.off 120\n");
  EXPECT_EQ(command("beeper.mute", "two words"), "INSTCMD ups1 beeper.mute \"two words\"\n");
  EXPECT_EQ(write("ups.id", "a \"b\" \\ #"), "SET VAR ups1 ups.id \"a \\\"b\\\" \\\\ \\#\"\n");
  EXPECT_EQ(write("ups.delay.shutdown", "20"), "SET VAR ups1 ups.delay.shutdown \"20\"\n");
  EXPECT_EQ(write("ups.id", ""), "SET VAR ups1 ups.id \"\"\n");
  std::string out;
  append_set_tracking(out);
  append_get_tracking(out, "1BD31808-CB49-4AEC-9D75-D056E6F018D2");
  EXPECT_EQ(out, "SET TRACKING ON\nGET TRACKING 1BD31808-CB49-4AEC-9D75-D056E6F018D2\n");
}

// "accepted ID", "carried out", "pending", "more", "refused: ..." or "bad: ..."
std::string read(std::string_view bytes, void (ReplyReader::*expect)()) {
  std::string whole;
  for (std::size_t portion = bytes.size(); portion > 0; portion = portion > 1 ? 1 : 0) {
    ReplyReader reader;
    (reader.*expect)();
    Progress progress = Progress::more;
    for (std::string_view rest = bytes; !rest.empty() && progress == Progress::more;) {
      std::string_view chunk = rest.substr(0, portion);
      rest.remove_prefix(chunk.size());
      progress = reader.feed(chunk);
    }
    std::string out = "more";
    if (progress == Progress::done && expect == &ReplyReader::expect_ok) {
      out = "accepted " + reader.tracking_id();
    } else if (progress == Progress::done) {
      out = reader.carried_out() ? "carried out" : "pending";
    } else if (progress == Progress::failed) {
      out = (reader.peer_error() ? "refused: " : "bad: ") + reader.text();
    }
    EXPECT_TRUE(whole.empty() || whole == out) << whole << " / " << out;
    whole = out;
  }
  return whole;
}

TEST(Order, IsAcceptedWithAnIdOrWithout) {
  const auto accepted = [](std::string_view bytes) { return read(bytes, &ReplyReader::expect_ok); };
  EXPECT_EQ(accepted("OK\n"), "accepted ");
  EXPECT_EQ(accepted("OK TRACKING 1BD31808\n"), "accepted 1BD31808");
  EXPECT_EQ(accepted("ok tracking abc\r\n"), "accepted abc");
  EXPECT_EQ(accepted("OK TRACKING\n"), "bad: OK TRACKING without a usable id");
  EXPECT_EQ(accepted("OK TRACKING \"\"\n"), "bad: OK TRACKING without a usable id");
  EXPECT_EQ(accepted("OK TRACKING \"\xc3\xa9\"\n"), "bad: OK TRACKING without a usable id");
  EXPECT_EQ(accepted("ERR READONLY\n"), "refused: ERR READONLY: the variable cannot be set");
  EXPECT_EQ(accepted("ERR NO-SUCH-TOKEN\n"),
            "bad: ERR NO-SUCH-TOKEN: an error that NUT does not define");
  EXPECT_EQ(accepted("SUCCESS\n"), "bad: not OK but: SUCCESS");
}

TEST(Order, IsFollowedUntilItSucceedsOrFails) {
  const auto followed = [](std::string_view bytes) {
    return read(bytes, &ReplyReader::expect_tracking);
  };
  EXPECT_EQ(followed("PENDING\n"), "pending");
  EXPECT_EQ(followed("SUCCESS\n"), "carried out");
  EXPECT_EQ(followed("success\r\n"), "carried out");
  EXPECT_EQ(followed("SUCC"), "more");
  EXPECT_EQ(followed("ERR FAILED\n"), "refused: ERR FAILED: the command failed");
  EXPECT_EQ(followed("ERR UNKNOWN\n"), "refused: ERR UNKNOWN: the command's result is unknown");
  EXPECT_EQ(followed("OK\n"), "bad: neither PENDING nor SUCCESS but: OK");
  EXPECT_EQ(followed("BEGIN LIST VAR u\n"),
            "bad: neither PENDING nor SUCCESS but: BEGIN LIST VAR u");
}

}  // namespace
}  // namespace nightwatt::wire::nut
