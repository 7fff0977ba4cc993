#include "io/journal_audit.h"

#include <gtest/gtest.h>

#include "tests/peers/temp_dir.h"

namespace nightwatt::io {
namespace {

AuditRecord record_of(std::uint64_t id, ControlOutcome outcome) {
  AuditRecord record;
  record.id = id;
  record.device = "UPS-A";
  record.name = "test.battery.start";
  record.who = "uid 0 over the socket";
  record.outcome = outcome;
  return record;
}

class JournalAudit : public testing::Test {
 protected:
  Database open() {
    auto database = open_journal(folder.path() + "/journal.db", "");
    EXPECT_TRUE(database) << database.error().what;
    return std::move(*database);
  }
  static std::string outcome_of(Database& database, std::uint64_t id) {
    const auto text =
        database.text(("SELECT outcome FROM audit WHERE id = " + std::to_string(id)).c_str());
    return text ? *text : text.error().what;
  }

  peers::TempDir folder{};
};

TEST_F(JournalAudit, OneRowIsAnOrderFromItsAcceptanceToItsEnd) {
  Database database = open();
  const JournalTime time{"boot", Instant{}, WallTime(Duration(1'000'000))};
  ASSERT_TRUE(write_audit(database, record_of(7, ControlOutcome::pending), Instant{}, time));
  EXPECT_EQ(outcome_of(database, 7), "pending");
  const Instant end = Instant{} + Duration(250);
  ASSERT_TRUE(write_audit(database, record_of(7, ControlOutcome::ok), end, time));
  EXPECT_EQ(outcome_of(database, 7), "ok");
  EXPECT_EQ(database.integer("SELECT count(*) FROM audit").value_or(-1), 1);
  EXPECT_EQ(database.integer("SELECT ended_wall - asked_wall FROM audit").value_or(-1), 250);
  EXPECT_EQ(greatest_audit(database).value_or(0), 7u);
}

TEST_F(JournalAudit, WhatACrashLeftPendingIsUnknown) {
  {
    Database database = open();
    const JournalTime time{"boot", Instant{}, WallTime{}};
    ASSERT_TRUE(write_audit(database, record_of(1, ControlOutcome::refused), Instant{}, time));
    ASSERT_TRUE(write_audit(database, record_of(2, ControlOutcome::pending), Instant{}, time));
  }
  Database database = open();
  EXPECT_EQ(outcome_of(database, 1), "refused");
  EXPECT_EQ(outcome_of(database, 2), "unknown");
}

TEST_F(JournalAudit, AJournalOfBeforeHasNoneAndGetsIt) {
  {
    Database database = open();
    ASSERT_TRUE(database.run("DROP TABLE audit"));
  }
  Database database = open();
  EXPECT_EQ(greatest_audit(database).value_or(99), 0u);
}

}  // namespace
}  // namespace nightwatt::io
