#include "wire/nut/reply.h"

#include <gtest/gtest.h>

#include <string>

#include "base/rng.h"
#include "wire/nut/answer.h"

namespace nightwatt::wire::nut {
namespace {

// All that a reply can come to, for comparison.
struct Outcome {
  Progress progress = Progress::more;
  Reading reading{};
  std::uint32_t variables = 0;
  std::uint32_t ignored = 0;
  MessageFailure failure{};
  bool trusted = false;
  std::string text{};
  std::size_t taken = 0;  // bytes, the reply's last one included
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome outcome_of(const ReplyReader& reader, Progress progress, std::size_t taken) {
  Outcome out{.progress = progress};
  if (progress == Progress::done) {
    out.reading = reader.reading();
    out.variables = reader.variables();
    out.ignored = reader.ignored();
    out.taken = taken;
  }
  if (progress == Progress::failed) {
    out.failure = reader.failure();
    out.trusted = reader.trusted();
    out.text = reader.text();
  }
  return out;
}

template <class Size>
Outcome read_list(std::string_view bytes, Size next_size) {
  ReplyReader reader;
  reader.expect_list_var("ups1");
  std::size_t taken = 0;
  while (!bytes.empty()) {
    std::string_view chunk = bytes.substr(0, next_size());
    bytes.remove_prefix(chunk.size());
    const std::size_t size = chunk.size();
    const Progress progress = reader.feed(chunk);
    taken += size - chunk.size();
    if (progress != Progress::more) return outcome_of(reader, progress, taken);
  }
  return {};
}

Outcome read_list(std::string_view bytes) {
  return read_list(bytes, [&] { return bytes.size() + 1; });
}

Outcome bad(std::string text) {
  return {
      .progress = Progress::failed, .failure = MessageFailure::bad_reply, .text = std::move(text)};
}

const std::string good =
    "BEGIN LIST VAR ups1\n"
    "VAR ups1 battery.charge \"87\"\n"
    "VAR ups1 battery.runtime \"1800\"\n"
    "VAR ups1 device.model \"Smart \\\"1500\\\"\"\n"
    "VAR ups1 ups.load \"23.5\"\n"
    "VAR ups1 ups.status \"OB DISCHRG\"\n"
    "END LIST VAR ups1\n";

TEST(ListReply, BecomesAReading) {
  const Outcome out = read_list(good);
  ASSERT_EQ(out.progress, Progress::done);
  EXPECT_EQ(out.reading.status, parse_status("OB DISCHRG"));
  EXPECT_EQ(out.reading.values.get(Variable::battery_charge), 87);
  EXPECT_EQ(out.reading.values.get(Variable::battery_runtime), 1'800);
  EXPECT_EQ(out.reading.values.get(Variable::ups_load), 23.5);
  EXPECT_FALSE(out.reading.values.get(Variable::input_voltage));
  EXPECT_EQ(out.variables, 5u);
  EXPECT_EQ(out.ignored, 1u);
  EXPECT_EQ(out.taken, good.size());
}

TEST(ListReply, LeavesWhatComesAfterIt) {
  const Outcome out = read_list(good + "OK\n");
  EXPECT_EQ(out.progress, Progress::done);
  EXPECT_EQ(out.taken, good.size());
}

TEST(ListReply, IsToldFromAListThatHasNotEnded) {
  const std::string part = good.substr(0, good.size() - 1);
  EXPECT_EQ(read_list(part).progress, Progress::more);
}

TEST(ListReply, MayDifferInCaseAndBlanksAndCarriageReturns) {
  const Outcome out = read_list(
      "begin list var UPS1\r\n\r\n"
      "  Var Ups1\tBattery.CHARGE  87\r\n"
      "VAR uPS1 UPS.Status \"ol\"\r\r\n"
      "End List Var ups1\r\n");
  ASSERT_EQ(out.progress, Progress::done);
  EXPECT_EQ(out.reading.values.get(Variable::battery_charge), 87);
  EXPECT_EQ(out.reading.status, parse_status("OL"));
}

TEST(ListReply, AnEmptyListIsAReadingWithoutData) {
  const Outcome out = read_list("BEGIN LIST VAR ups1\nEND LIST VAR ups1\n");
  ASSERT_EQ(out.progress, Progress::done);
  EXPECT_FALSE(out.reading.usable());
  EXPECT_EQ(out.variables, 0u);
}

TEST(ListReply, LiesAreRejectedValueByValue) {
  const Outcome out = read_list(
      "BEGIN LIST VAR ups1\n"
      "VAR ups1 battery.charge \"-5\"\n"
      "VAR ups1 battery.runtime \"1000000000\"\n"
      "VAR ups1 ups.load \"NaN\"\n"
      "VAR ups1 ups.status \"OL\"\n"
      "END LIST VAR ups1\n");
  ASSERT_EQ(out.progress, Progress::done);
  EXPECT_TRUE(out.reading.usable());
  for (const Variable variable :
       {Variable::battery_charge, Variable::battery_runtime, Variable::ups_load}) {
    EXPECT_FALSE(out.reading.values.get(variable)) << variable_name(variable);
    EXPECT_TRUE(out.reading.values.rejected(variable)) << variable_name(variable);
  }
}

TEST(ListReply, HighBytesInAValueDoNotBlindUs) {
  const Outcome out = read_list(
      "BEGIN LIST VAR ups1\nVAR ups1 device.location \"caf\xc3\xa9\"\nVAR ups1 ups.status \"OL\"\n"
      "END LIST VAR ups1\n");
  EXPECT_EQ(out.progress, Progress::done);
}

TEST(ListReply, MixedUpListsAreNoReply) {
  const std::string begin = "BEGIN LIST VAR ups1\n";
  EXPECT_EQ(read_list("BEGIN LIST VAR ups2\n"), bad("the list of another UPS: ups2"));
  EXPECT_EQ(read_list("BEGIN LIST RW ups1\n"), bad("the list of something else: RW"));
  EXPECT_EQ(read_list("BEGIN LIST UPS\n"), bad("the list of something else: UPS"));
  EXPECT_EQ(read_list("VAR ups1 ups.status \"OL\"\n"), bad("not a list but: VAR"));
  EXPECT_EQ(read_list("END LIST VAR ups1\n"), bad("not a list but: END"));
  EXPECT_EQ(read_list("OK\n"), bad("not a list but: OK"));
  EXPECT_EQ(read_list(begin + "VAR ups2 ups.status \"OL\"\n"),
            bad("a variable of another UPS: ups2"));
  EXPECT_EQ(read_list(begin + "END LIST VAR ups2\n"), bad("the end of another UPS's list: ups2"));
  EXPECT_EQ(read_list(begin + "END LIST RW ups1\n"), bad("in the middle of the list: END"));
  EXPECT_EQ(read_list(begin + begin), bad("in the middle of the list: BEGIN"));
  EXPECT_EQ(read_list(begin + "ERR DATA-STALE\n"), bad("in the middle of the list: ERR"));
  EXPECT_EQ(read_list(begin + "VAR ups1 ups.status\n"), bad("a VAR line of 3 words"));
  EXPECT_EQ(read_list(begin + "VAR ups1 ups.status OL CHRG\n"), bad("a VAR line of 5 words"));
}

TEST(ListReply, WhatIsNoTextIsNoReply) {
  EXPECT_EQ(read_list(std::string_view("BEGIN\0LIST", 10)),
            bad("the reply has a byte that is no text"));
  EXPECT_EQ(read_list("\xff\xfe\n"), bad("the reply has a byte above 0x7f outside quotes"));
  EXPECT_EQ(read_list("VAR \"x\n"), bad("the reply has a quote that is not closed"));
  EXPECT_EQ(read_list(std::string(5'000, 'x')),
            bad("the reply has a line of more than 2048 bytes"));
  std::string many;
  for (int i = 0; i < 40; ++i) many += "x ";
  EXPECT_EQ(read_list(many + "\n"), bad("the reply has a line of more than 32 words"));
}

TEST(ListReply, AForeignTextIsShownShortAndPrintable) {
  EXPECT_EQ(read_list("\"\xc3\xa9" + std::string(100, 'y') + "\"\n"),
            bad("not a list but: ??" + std::string(58, 'y') + "..."));
}

TEST(ListReply, AnEndlessListEndsAtTheNamedLimit) {
  std::string lines = "BEGIN LIST VAR ups1\n";
  for (std::size_t i = 1; i < reply_lines_max; ++i) lines += "VAR ups1 a \"0\"\n";
  EXPECT_EQ(read_list(lines).progress, Progress::more);
  EXPECT_EQ(read_list(lines + "VAR ups1 a \"0\"\n"), bad("a reply of more than 8192 lines"));
  EXPECT_EQ(read_list(std::string(reply_lines_max + 1, '\n')),
            bad("a reply of more than 8192 lines"));

  std::string bytes = "BEGIN LIST VAR ups1\n";
  const std::string row = "VAR ups1 a \"" + std::string(1'000, 'x') + "\"\n";
  while (bytes.size() + row.size() <= reply_bytes_max) bytes += row;
  EXPECT_EQ(read_list(bytes).progress, Progress::more);
  EXPECT_EQ(read_list(bytes + row), bad("a reply of more than 524288 bytes"));
}

TEST(ListReply, IsTheSameHoweverItsBytesAreCut) {
  const std::string begin = "BEGIN LIST VAR ups1\n";
  const std::string long_row = begin + "VAR ups1 a \"" + std::string(3'000, 'x');
  for (const std::string& reply :
       {good, good + good, std::string("ERR DATA-STALE\n"), std::string("ERR WHAT ELSE\r\n"),
        begin + "ERR X\n", begin + "VAR ups1 \x01", begin + "VAR ups1 \"\n", long_row,
        long_row + "\x01"}) {
    const Outcome whole = read_list(reply);
    ASSERT_NE(whole.progress, Progress::more);
    for (std::size_t portion = 1; portion <= std::min<std::size_t>(reply.size(), 400); ++portion) {
      ASSERT_EQ(read_list(reply, [&] { return portion; }), whole) << portion << " of " << reply;
    }
    for (std::size_t cut = 1; cut < std::min<std::size_t>(reply.size(), 400); ++cut) {
      bool first = true;
      const auto sizes = [&] { return std::exchange(first, false) ? cut : reply.size(); };
      ASSERT_EQ(read_list(reply, sizes), whole) << cut << " of " << reply;
    }
  }
}

// Random replies, some damaged, in random portions.
TEST(ListReply, AnyReplyInAnyPortionsComesToTheSame) {
  int failed = 0;
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    Rng rng(seed);
    std::string reply;
    append_begin_list(reply, "VAR", "ups1");
    for (auto rows = rng.between(0, 30); rows > 0; --rows) {
      std::string value;
      for (auto n = rng.between(0, 30); n > 0; --n)
        value += static_cast<char>(rng.between(0x20, 0x7e));
      const auto variable = static_cast<Variable>(rng.between(0, variable_count - 1));
      append_var(reply, "ups1", rng.chance_percent(50) ? "some.thing" : variable_name(variable),
                 value);
    }
    append_end_list(reply, "VAR", "ups1");
    if (rng.chance_percent(50)) {
      reply[static_cast<std::size_t>(rng.between(0, std::ssize(reply) - 1))] =
          static_cast<char>(rng.next());
    }
    const Outcome whole = read_list(reply);
    if (whole.progress == Progress::failed) ++failed;
    const auto most = rng.between(1, 60);
    const auto sizes = [&] { return static_cast<std::size_t>(rng.between(1, most)); };
    ASSERT_EQ(read_list(reply, sizes), whole) << "seed " << seed;
  }
  EXPECT_GT(failed, 100);  // the damage is seen
  EXPECT_LT(failed, 2'000);
}

Outcome read_ok(std::string_view bytes) {
  ReplyReader reader;
  reader.expect_ok();
  const std::size_t size = bytes.size();
  const Progress progress = reader.feed(bytes);
  return outcome_of(reader, progress, size - bytes.size());
}

TEST(OkReply, BeginsWithOk) {
  EXPECT_EQ(read_ok("OK\n").progress, Progress::done);
  EXPECT_EQ(read_ok("ok TRACKING 1\r\n").progress, Progress::done);
  EXPECT_EQ(read_ok("OK").progress, Progress::more);
  EXPECT_EQ(read_ok("OKAY\n"), bad("not OK but: OKAY"));
  EXPECT_EQ(read_ok("BEGIN LIST VAR u\n"), bad("not OK but: BEGIN LIST VAR u"));
  EXPECT_EQ(read_ok("ERR ACCESS-DENIED\n").failure, MessageFailure::unauthorised);
}

TEST(ReplyReader, CanBeUsedAgain) {
  ReplyReader reader;
  for (int round = 0; round < 3; ++round) {
    reader.expect_list_var("ups1");
    EXPECT_FALSE(reader.started());
    std::string_view first = std::string_view(good).substr(0, 30);
    EXPECT_EQ(reader.feed(first), Progress::more);
    EXPECT_TRUE(reader.started());
    std::string_view second = std::string_view(good).substr(30);
    EXPECT_EQ(reader.feed(second), Progress::done);
    EXPECT_EQ(reader.variables(), 5u);
    reader.expect_ok();
    std::string_view broken = "x";
    EXPECT_EQ(reader.feed(broken), Progress::more);
  }
}

}  // namespace
}  // namespace nightwatt::wire::nut
