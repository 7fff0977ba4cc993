#include "wire/nut/error_token.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "wire/nut/reply.h"

namespace nightwatt::wire::nut {
namespace {

using enum MessageFailure;
using Row = std::pair<std::string, MessageFailure>;

// Every token of upsd 2.7.4 to 2.8.5, of old clients' tables, of tracking and of RFC 9271.
const std::vector<Row> expected_rows{
    {"ACCESS-DENIED", unauthorised},
    {"UNKNOWN-UPS", refused},
    {"VAR-NOT-SUPPORTED", refused},
    {"CMD-NOT-SUPPORTED", refused},
    {"INVALID-ARGUMENT", bad_reply},
    {"INSTCMD-FAILED", refused},
    {"SET-FAILED", refused},
    {"READONLY", refused},
    {"TOO-LONG", refused},
    {"FEATURE-NOT-SUPPORTED", refused},
    {"FEATURE-NOT-CONFIGURED", refused},
    {"ALREADY-SSL-MODE", bad_reply},
    {"DRIVER-NOT-CONNECTED", driver_down},
    {"DATA-STALE", data_stale},
    {"ALREADY-LOGGED-IN", bad_reply},
    {"INVALID-PASSWORD", unauthorised},
    {"ALREADY-SET-PASSWORD", bad_reply},
    {"INVALID-USERNAME", unauthorised},
    {"ALREADY-SET-USERNAME", bad_reply},
    {"USERNAME-REQUIRED", unauthorised},
    {"PASSWORD-REQUIRED", unauthorised},
    {"UNKNOWN-COMMAND", bad_reply},
    {"INVALID-VALUE", refused},
    {"VAR-UNKNOWN", refused},
    {"UNKNOWN-TYPE", refused},
    {"UNKNOWN-VAR", refused},
    {"UNKNOWN-INSTCMD", refused},
    {"MISSING-ARGUMENT", bad_reply},
    {"PASSWORD-INCORRECT", unauthorised},
    {"UNKNOWN", refused},
    {"FAILED", refused},
    {"ALREADY-ATTACHED", bad_reply},
    {"TLS-ALREADY-ENABLED", bad_reply},
    {"TLS-NOT-ENABLED", refused},
};

class EveryToken : public testing::TestWithParam<Row> {};

TEST_P(EveryToken, EndsAListRequestAsItsRowSays) {
  const auto& [token, failure] = GetParam();
  ReplyReader reader;
  reader.expect_list_var("ups1");
  const std::string line = "ERR " + token + "\n";
  std::string_view bytes = line;
  ASSERT_EQ(reader.feed(bytes), Progress::failed);
  EXPECT_EQ(reader.failure(), failure);
  EXPECT_EQ(reader.trusted(), failure != bad_reply);
  EXPECT_EQ(reader.text(), "ERR " + token + ": " + std::string(error_token(token).meaning));
}

INSTANTIATE_TEST_SUITE_P(Nut, EveryToken, testing::ValuesIn(expected_rows), [](const auto& row) {
  std::string name = row.param.first;
  std::erase(name, '-');
  return name;
});

TEST(ErrorTokens, TheTableHoldsExactlyTheTokensOfTheProtocol) {
  std::set<std::string> table;
  for (const ErrorToken& row : error_tokens()) {
    EXPECT_TRUE(table.emplace(row.token).second) << row.token << " is there twice";
    EXPECT_FALSE(row.meaning.empty()) << row.token;
  }
  std::set<std::string> known;
  for (const auto& [token, failure] : expected_rows) known.insert(token);
  EXPECT_EQ(table, known);
}

TEST(ErrorTokens, OneThatWeDoNotKnowIsNotTheProtocol) {
  EXPECT_EQ(error_token("OUT-OF-CHEESE").failure, bad_reply);
  EXPECT_EQ(error_token("").failure, bad_reply);
  EXPECT_EQ(error_token("DATA-STALE2").failure, bad_reply);
}

TEST(ErrorTokens, AreTheSameInAnyCase) { EXPECT_EQ(error_token("data-Stale").failure, data_stale); }

}  // namespace
}  // namespace nightwatt::wire::nut
