// What people read: durations, wrapping, control bytes, log lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/duration_text.h"
#include "app/log.h"
#include "app/show_devices.h"
#include "app/show_status.h"
#include "app/terminal.h"
#include "tests/peers/temp_dir.h"

namespace nightwatt::app {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, TakesUnitsAndBareSeconds) {
  EXPECT_EQ(parse_duration("500ms"), Duration(500));
  EXPECT_EQ(parse_duration("90s"), Duration(90'000));
  EXPECT_EQ(parse_duration("1.5m"), Duration(90'000));
  EXPECT_EQ(parse_duration("2h"), Duration(7'200'000));
  EXPECT_EQ(parse_duration("1d"), Duration(86'400'000));
  EXPECT_EQ(parse_duration("30"), Duration(30'000));
  EXPECT_EQ(parse_duration("0s"), Duration(0));
}

TEST(DurationText, RefusesEverythingElse) {
  for (const char* text : {"", "s", "-1s", "1w", "1 s", "nan", "inf", "1e400s", "10000h", "5mm"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Terminal, WrapsAtBlanksAndIndentsWhatFollows) {
  EXPECT_EQ(wrap("one two three", 2, 8), "one two\n  three");
  EXPECT_EQ(wrap("a-word-longer-than-the-line", 2, 8), "a-word-longer-than-the-line");
  EXPECT_EQ(wrap("", 2, 8), "");
}

TEST(Terminal, ANumberKeepsItsUnitAndColoursTakeNoPlace) {
  EXPECT_EQ(wrap("when it fails for 5 s.", 2, 19), "when it fails for\n  5 s.");
  EXPECT_EQ(wrap("after 3 m 20 s at most", 2, 10), "after 3 m\n  20 s at\n  most");
  EXPECT_EQ(wrap(Painter(true)(Colour::red, "one") + " two", 2, 7), "\x1b[1;31mone\x1b[0m two");
  EXPECT_EQ(wrap("ä ö ü", 2, 5), "ä ö ü");
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

TEST(LogFile, IsOpenedAnewAndTheOldOneStaysWhenTheNewOneCannotBe) {
  const peers::TempDir dir;
  {
    auto log = Log::open({.file = dir.file("a.log")});
    ASSERT_TRUE(log) << log.error().what;
    ASSERT_EQ(::rename(dir.file("a.log").c_str(), dir.file("a.log.1").c_str()), 0);
    ASSERT_TRUE(log->reopen({.file = dir.file("a.log")}));
    log->line(Severity::info, "behind a rotation");
    EXPECT_FALSE(log->reopen({.file = dir.file("a.log/below a file")}));
    log->line(Severity::info, "and behind a mistake");
  }
  const std::string text = peers::read_file(dir.file("a.log"));
  EXPECT_NE(text.find("behind a rotation"), std::string::npos) << text;
  EXPECT_NE(text.find("and behind a mistake"), std::string::npos) << text;
}

TEST(LogLines, TextNamesTimeSeverityAndSubject) {
  Notice forged = lost();
  forged.message = "no\n2026-01-01T00:00:00.000Z INFO    all is well\x1b[2J";
  EXPECT_THAT(text_line(forged, WallTime(0ms)),
              testing::EndsWith("no\n    2026-01-01T00:00:00.000Z INFO    all is well?[2J"));
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

nlohmann::ordered_json a_device() {
  return nlohmann::ordered_json::parse(R"json({
    "name": "UPS-A", "state": "HEALTHY", "active": {"path": 1, "comm": "nut-a1"},
    "reasons": [], "reading_age_s": 0.5, "reading": null, "automatic": true,
    "path_since": "2026-11-21T01:07:04.237Z", "why": "on its primary path (nut-a1)",
    "next": "it moves", "frozen_until": null, "failover_dry_run": false, "flaps": 0,
    "success_percent_hour": 85.714, "success_percent_day": 99.5,
    "messages_hour": {"answered": 6, "all": 7}, "messages_day": {"answered": 199, "all": 200},
    "paths": []})json");
}

std::string row_of(const nlohmann::ordered_json& device) {
  const std::string text = devices_text({{"devices", {device}}}, Painter(false));
  return text.substr(text.find('\n') + 1);
}

TEST(Devices, FewMessagesAreCountedAndManyAreAPercentage) {
  EXPECT_EQ(row_of(a_device()),
            "UPS-A                    HEALTHY     1     nut-a1              6 of 7   99.5 %\n");
}

TEST(Devices, CommDevicesOfAnOlderDaemonAreShown) {
  const auto comms = nlohmann::ordered_json::parse(R"({"comms": [{"name": "nut-a1", "state": "ok",
      "devices": 1, "active_devices": 1, "polls_waiting": 0, "busy": false, "link": null}]})");
  EXPECT_NE(comms_text(comms, Painter(false)).find("nut-a1"), std::string::npos);
}

TEST(Devices, ALongNameStandsAloneAndTheRowFits) {
  auto device = a_device();
  device["name"] = "UPS-A@a.rather.long.host.example.net";
  EXPECT_EQ(row_of(device),
            "UPS-A@a.rather.long.host.example.net\n"
            "                         HEALTHY     1     nut-a1              6 of 7   99.5 %\n");
}

// On its primary and all is well: without a word nobody would see that it cannot fail over.
TEST(Devices, WhatKeepsADeviceInPlaceIsShown) {
  auto device = a_device();
  device["failover_dry_run"] = true;
  EXPECT_NE(row_of(device).find("dry run: failover only reports what it would do"),
            std::string::npos);
  EXPECT_NE(why_text(device, Painter(false)).find("Dry run: failover only reports"),
            std::string::npos);
  device["failover_dry_run"] = false;
  device["frozen_until"] = "2026-11-21T02:07:04.237Z";
  device["flaps"] = 2;
  EXPECT_NE(row_of(device).find("frozen until 02:07:04: only people move it"), std::string::npos);
  EXPECT_NE(why_text(device, Painter(false)).find("Primary failed 2 times soon after a return"),
            std::string::npos);
  const std::string status = status_text(
      {{"devices", {device}}, {"groups", nlohmann::ordered_json::array()}}, Painter(false));
  EXPECT_NE(status.find("      next: it moves\n"), std::string::npos) << status;
}

}  // namespace
}  // namespace nightwatt::app
