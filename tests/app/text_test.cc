// What people read: durations, wrapping, control bytes, log lines.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/duration_text.h"
#include "app/log.h"
#include "app/show_status.h"
#include "app/terminal.h"

namespace nightwatt::app {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, TakesUnitsAndBareSeconds) {
  EXPECT_EQ(parse_duration("500ms"), Duration(500));
  EXPECT_EQ(parse_duration("90s"), Duration(90'000));
  EXPECT_EQ(parse_duration("1.5m"), Duration(90'000));
  EXPECT_EQ(parse_duration("2h"), Duration(7'200'000));
  EXPECT_EQ(parse_duration("30"), Duration(30'000));
  EXPECT_EQ(parse_duration("0s"), Duration(0));
}

TEST(DurationText, RefusesEverythingElse) {
  for (const char* text : {"", "s", "-1s", "1d", "1 s", "nan", "inf", "1e400s", "10000h", "5mm"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Terminal, WrapsAtBlanksAndIndentsWhatFollows) {
  EXPECT_EQ(wrap("one two three", 2, 8), "one two\n  three");
  EXPECT_EQ(wrap("a-word-longer-than-the-line", 2, 8), "a-word-longer-than-the-line");
  EXPECT_EQ(wrap("", 2, 8), "");
}

TEST(Terminal, ControlBytesOfADeviceNeverReachIt) {
  EXPECT_EQ(printable("UPS\x1b[2J\n\x7f."), "UPS?[2J??.");
}

TEST(Terminal, NoEscapesWithoutColour) {
  EXPECT_EQ(Painter(false)(Colour::red, "quorum_lost"), "quorum_lost");
  EXPECT_EQ(Painter(true)(Colour::red, "x"), "\x1b[1;31mx\x1b[0m");
}

TEST(Terminal, SecondsForPeople) {
  EXPECT_EQ(human_seconds(0.25), "0.2 s");
  EXPECT_EQ(human_seconds(61), "61 s");
  EXPECT_EQ(human_seconds(600), "10 m 00 s");
  EXPECT_EQ(human_seconds(7'265), "2 h 01 m");
}

Notice lost() {
  return {.severity = Severity::alarm,
          .kind = NoticeKind::verdict,
          .subject = "rack",
          .message = "quorum lost",
          .details = {{"healthy", "0"}}};
}

TEST(LogLines, TextNamesTimeSeverityAndSubject) {
  EXPECT_EQ(text_line(lost(), WallTime(1'763'634'600'250ms)),
            "2025-11-20T10:30:00.250Z ALARM   rack: quorum lost");
}

TEST(LogLines, JsonIsOneObjectOnOneLine) {
  Notice notice = lost();
  notice.message = "line one\nline two \xff";
  const std::string line = json_line(notice, WallTime(1'763'634'600'250ms));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["time"], "2025-11-20T10:30:00.250Z");
  EXPECT_EQ(json["kind"], "verdict");
  EXPECT_EQ(json["severity"], "alarm");
  EXPECT_EQ(json["subject"], "rack");
  EXPECT_EQ(json["details"]["healthy"], "0");
}

}  // namespace
}  // namespace nightwatt::app
