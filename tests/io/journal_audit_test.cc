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
    const auto prepared = prepare_journal(*database);
    EXPECT_TRUE(prepared) << prepared.error().what;
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

TEST_F(JournalAudit, TheNewestRowsAreReadBackAsTheyWere) {
  Database database = open();
  const JournalTime time{"boot", Instant{}, WallTime(Duration(1'000'000))};
  for (std::uint64_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(write_audit(database, record_of(id, ControlOutcome::refused), Instant{}, time));
  }
  AuditRecord whole = record_of(4, ControlOutcome::pending);
  whole.kind = ControlKind::write;
  whole.value = "60";
  whole.policy = ControlPolicy::verify_then_retry;
  whole.expires_in = Duration(30'000);
  ASSERT_TRUE(write_audit(database, whole, Instant{}, time));
  whole.outcome = ControlOutcome::ok;
  whole.path = "its primary path (nut-a1)";
  ASSERT_TRUE(write_audit(database, whole, Instant{} + Duration(250), time));
  const auto rows = read_audit(database, 2);
  ASSERT_TRUE(rows) << rows.error().what;
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].record.id, 3u) << "oldest first";
  EXPECT_EQ((*rows)[0].record.policy, std::nullopt);
  EXPECT_EQ((*rows)[0].record.expires_in, std::nullopt);
  const AuditEntry& entry = (*rows)[1];
  EXPECT_EQ(entry.record.kind, ControlKind::write);
  EXPECT_EQ(entry.record.value, "60");
  EXPECT_EQ(entry.record.who, "uid 0 over the socket");
  EXPECT_EQ(entry.record.policy, ControlPolicy::verify_then_retry);
  EXPECT_EQ(entry.record.expires_in, Duration(30'000));
  EXPECT_EQ(entry.record.outcome, ControlOutcome::ok);
  EXPECT_EQ(entry.record.path, "its primary path (nut-a1)");
  EXPECT_EQ(entry.asked, WallTime(Duration(1'000'000)));
  EXPECT_EQ(entry.ended, WallTime(Duration(1'000'250)));
}

TEST_F(JournalAudit, ATableWithoutPolicyAndExpiryGetsThem) {
  {
    Database database = open();
    ASSERT_TRUE(
        database.run("ALTER TABLE audit DROP COLUMN policy; "
                     "ALTER TABLE audit DROP COLUMN expires_ms"));
    ASSERT_TRUE(
        database.run("INSERT INTO audit VALUES(1,'UPS-A','command','x','','root',0,'','ok',"
                     "'',1000,2000)"));
  }
  Database database = open();
  const auto rows = read_audit(database, 10);
  ASSERT_TRUE(rows) << rows.error().what;
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].record.policy, std::nullopt);
  EXPECT_EQ((*rows)[0].record.who, "root");
}

TEST_F(JournalAudit, RefusalsInARowDoNotFillTheDisk) {
  Database database = open();
  const JournalTime time{"boot", Instant{}, WallTime{}};
  const auto filled = database.transaction([&](Database& db) -> SqlResult<void> {
    auto done = write_audit(db, record_of(1, ControlOutcome::ok), Instant{}, time);
    if (!done) return done;
    for (std::uint64_t id = 2; id <= journal_audit_rows_max + 512; ++id) {
      done = write_audit(db, record_of(id, ControlOutcome::refused), Instant{}, time);
      if (!done) return done;
    }
    return {};
  });
  ASSERT_TRUE(filled);
  EXPECT_LE(database.integer("SELECT count(*) FROM audit").value_or(-1),
            static_cast<std::int64_t>(journal_audit_rows_max) + 257);
  EXPECT_EQ(database.integer("SELECT count(*) FROM audit WHERE outcome = 'ok'").value_or(-1), 1)
      << "they push out no order";
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
