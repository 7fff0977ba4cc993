// Orders through the whole engine: their record first, who asked, and what is kept of refused ones.
#include <gmock/gmock.h>

#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Disk = sim::JournalDisk::Kind;

constexpr const char* root = "root (uid 0) over the socket";

Site with_orders() {
  Site site = rack();
  ControlRule rule;
  rule.kind = ControlKind::command;
  rule.name = "beeper.enable";
  ControlRule written = rule;
  written.kind = ControlKind::write;
  written.name = "ups.delay.shutdown";
  site.devices[0].controls = {rule, written};
  site.devices[0].allow_control = {rule.name, written.name};
  return site;
}

struct OrderStory : RackStory {
  explicit OrderStory(Disk disk) : RackStory(with_orders()) {
    until(10);
    world.set_disk(disk);
  }
  ControlRequested order(const std::string& name = "beeper.enable") const {
    ControlRequested asked;
    asked.device = a;
    asked.kind = ControlKind::command;
    asked.name = name;
    asked.who = root;
    return asked;
  }
  void after_step(const Engine& engine, std::span<const Effect> effects, Instant now) override {
    RackStory::after_step(engine, effects, now);
    for (const Effect& effect : effects) {
      const auto* message = std::get_if<SendMessage>(&effect);
      if (message != nullptr && message->order) sent.push_back(now);
      if (const auto* notice = std::get_if<Notice>(&effect)) notices.push_back(*notice);
      if (const auto* audit = std::get_if<RecordAudit>(&effect)) audited.push_back(audit->record);
      if (const auto* state = std::get_if<RecordCommState>(&effect)) hands.push_back(state->record);
    }
  }
  // "who" of the newest notice of this kind.
  std::string who_of(NoticeKind kind) const {
    for (auto at = notices.rbegin(); at != notices.rend(); ++at) {
      if (at->kind != kind) continue;
      for (const auto& [key, value] : at->details) {
        if (key == "who") return value;
      }
      return "nobody: " + at->message;
    }
    return "no such notice";
  }
  ControlOutcome outcome(std::uint64_t id) const { return engine().control(id)->record.outcome; }
  std::vector<Instant> sent{};
  std::vector<Notice> notices{};
  std::vector<AuditRecord> audited{};
  std::vector<HandRecord> hands{};
};

TEST(Audit, AnOrderIsSentWhenItsRecordIsOnDisk) {
  OrderStory story(Disk::ok);  // which takes 5 ms
  const Answer answer = story.ask(story.order());
  ASSERT_TRUE(answer.ok) << answer.text;
  ASSERT_THAT(story.audited, SizeIs(1));
  EXPECT_EQ(story.audited[0].outcome, ControlOutcome::pending);
  EXPECT_EQ(story.audited[0].policy, ControlPolicy::never);
  EXPECT_EQ(story.audited[0].expires_in, Duration(30'000));
  story.world.run_for(4ms);
  EXPECT_THAT(story.sent, IsEmpty());
  story.world.run_for(1s);
  ASSERT_THAT(story.sent, SizeIs(1));
  EXPECT_GE(story.sent[0], at_s(10) + 5ms);
  EXPECT_EQ(story.outcome(answer.order), ControlOutcome::ok);
  EXPECT_FALSE(story.told("has no record"));
}

TEST(Audit, ADiskThatHangsHoldsAnOrderForTwoSeconds) {
  OrderStory story(Disk::silent);
  const Answer answer = story.ask(story.order());
  story.until(11.9);
  EXPECT_THAT(story.sent, IsEmpty());
  story.until(13);
  ASSERT_THAT(story.sent, SizeIs(1));
  EXPECT_LE(story.sent[0], at_s(12.3)) << "a poll may be under way";
  EXPECT_TRUE(
      story.told("Order 1 is sent although the journal has no record of it: the disk did "
                 "not answer within 2 s."));
  EXPECT_EQ(story.outcome(answer.order), ControlOutcome::ok);
}

TEST(Audit, ADiskThatIsFullHoldsItForNoLongerThanItSaysSo) {
  OrderStory story(Disk::full);
  story.ask(story.order());
  story.until(10.5);
  ASSERT_THAT(story.sent, SizeIs(1));
  EXPECT_TRUE(story.told("has no record of it: disk full."));
}

TEST(Audit, AnAnswerAfterTwoSecondsSendsNothingAgain) {
  OrderStory story(Disk::slow);  // 3 s
  story.ask(story.order());
  story.until(20);
  EXPECT_THAT(story.sent, SizeIs(1));
}

TEST(Audit, WhatExpiresWhileTheDiskHangsWasNeverSent) {
  OrderStory story(Disk::silent);
  ControlRequested asked = story.order();
  asked.expires_in = 1s;
  const Answer answer = story.ask(asked);
  story.until(11.1);
  EXPECT_EQ(story.outcome(answer.order), ControlOutcome::refused);
  story.until(20);
  EXPECT_THAT(story.sent, IsEmpty());
}

TEST(Audit, AReloadOrAStopEndsWhatWaitsForTheDisk) {
  OrderStory story(Disk::silent);
  const Answer first = story.ask(story.order());
  ASSERT_TRUE(story.world.reload(with_orders()));
  EXPECT_EQ(story.outcome(first.order), ControlOutcome::refused);
  const Answer second = story.ask(story.order());
  story.ask(StopRequested{});
  EXPECT_EQ(story.outcome(second.order), ControlOutcome::refused);
  EXPECT_THAT(story.engine().control(second.order)->record.text, HasSubstr("the daemon stops"));
  story.until(20);
  EXPECT_THAT(story.sent, IsEmpty());
}

TEST(Audit, WhatWaitsForTheDiskSurvivesTheRoundTripThroughBytes) {
  OrderStory story(Disk::silent);
  story.ask(story.order());
  ASSERT_TRUE(story.world.reincarnate());
  story.until(13);
  EXPECT_THAT(story.sent, SizeIs(1));
}

TEST(Audit, RefusedOrdersAndDryRunsAreKeptAndPushOutNoOthers) {
  OrderStory story(Disk::ok);
  const Answer good = story.ask(story.order());
  story.until(12);
  ControlRequested dry = story.order();
  dry.dry_run = true;
  EXPECT_EQ(story.ask(dry).order, 0u);
  ASSERT_THAT(story.engine().orders(), SizeIs(2));
  EXPECT_TRUE(story.engine().orders().back().record.dry_run);
  for (std::size_t i = 0; i < orders_kept + 10; ++i) story.ask(story.order("load.off"));
  EXPECT_THAT(story.engine().orders(), SizeIs(orders_kept + 1));
  ASSERT_NE(story.engine().control(good.order), nullptr);
  EXPECT_EQ(story.outcome(good.order), ControlOutcome::ok);
  const OrderView& last = story.engine().orders().back();
  EXPECT_EQ(last.record.outcome, ControlOutcome::refused);
  EXPECT_EQ(last.record.who, root);
  EXPECT_EQ(last.ended, last.asked);
}

TEST(Audit, AVariableCalledAsACommandIsToldHowToWriteIt) {
  OrderStory story(Disk::ok);
  ControlRequested asked = story.order("ups.delay.shutdown");
  asked.value = "30";
  EXPECT_EQ(story.ask(asked).text,
            "UPS-A: ups.delay.shutdown is a variable, not a command: write ups.delay.shutdown=30");
  asked.name = "beeper.enable";
  asked.kind = ControlKind::write;
  EXPECT_EQ(story.ask(asked).text,
            "UPS-A: beeper.enable is a command, not a variable: write beeper.enable 30");
}

TEST(Audit, ARefusalQuotesNoLongTexts) {
  OrderStory story(Disk::ok);
  ControlRequested asked = story.order();
  for (std::string* text : {&asked.name, &asked.value}) {
    const std::string before = std::exchange(*text, std::string(1'000'000, 'x'));
    for (const ControlKind kind : {ControlKind::command, ControlKind::write}) {
      asked.kind = kind;
      story.ask(asked);
      ASSERT_FALSE(story.audited.empty());
      const AuditRecord& record = story.audited.back();
      EXPECT_EQ(record.outcome, ControlOutcome::refused);
      EXPECT_LE(record.text.size(), 100u);
      EXPECT_LE(record.name.size() + record.value.size(), 2 * order_text_max);
    }
    *text = before;
  }
}

TEST(Audit, EventsNameWhoAskedForThem) {
  OrderStory story(Disk::ok);
  story.ask(PathSelected{{}, a, PathRank{2}, root});
  EXPECT_EQ(story.who_of(NoticeKind::path_changed), root);
  EXPECT_TRUE(story.told("an operator selected it; asked for by root (uid 0) over the socket."));
  story.ask(PathSelected{{}, a, PathRank{7}, root});
  EXPECT_EQ(story.who_of(NoticeKind::path_refused), root);
  EXPECT_EQ(story.who_of(NoticeKind::refused), root);
  story.ask(FreezeRequested{{}, a, 60s, root});
  EXPECT_EQ(story.who_of(NoticeKind::frozen), root);
  story.ask(HoldRequested{{}, the_rack, 60s, root});
  EXPECT_EQ(story.who_of(NoticeKind::held), root);
  story.ask(ReleaseRequested{{}, the_rack, root});
  EXPECT_EQ(story.who_of(NoticeKind::released), root);
  story.ask(MaintenanceRequested{{}, a, 60s, true, root});
  EXPECT_EQ(story.who_of(NoticeKind::member_state), root);
  story.ask(CommRequested{{}, CommId{3}, CommState::out_of_service, root});
  EXPECT_EQ(story.who_of(NoticeKind::comm_state), root);
  story.ask(story.order("load.off"));
  EXPECT_EQ(story.who_of(NoticeKind::refused), root);
  story.notices.clear();
  story.until(20);
  for (const Notice& notice : story.notices) EXPECT_THAT(notice.message, Not(HasSubstr("asked")));
}

TEST(TakenOut, IsRecordedWithWhoAndForgottenWhenItIsBack) {
  OrderStory story(Disk::ok);
  story.ask(CommRequested{{}, CommId{0}, CommState::out_of_service, root});
  ASSERT_THAT(story.hands, SizeIs(1));
  EXPECT_EQ(story.hands[0].comm, "comm-A1");
  EXPECT_EQ(story.hands[0].state, CommState::out_of_service);
  EXPECT_EQ(story.hands[0].who, root);
  story.until(15);
  const auto taken = story.engine().taken_out(CommId{0}, story.world.now());
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->ago, 5s);
  ASSERT_TRUE(story.world.reload(with_orders()));
  EXPECT_TRUE(story.engine().taken_out(CommId{0}, story.world.now()));
  story.ask(CommRequested{{}, CommId{0}, CommState::ok, root});
  ASSERT_THAT(story.hands, SizeIs(2));
  EXPECT_EQ(story.hands[1].state, CommState::ok);
  EXPECT_FALSE(story.engine().taken_out(CommId{0}, story.world.now()));
}

TEST(Orders, ACommandWithoutAParameterTakesNone) {
  Site site = with_orders();
  site.devices[0].controls[0].takes_value = false;
  RackStory story(std::move(site));
  story.until(10);
  ControlRequested asked;
  asked.device = a;
  asked.kind = ControlKind::command;
  asked.name = "beeper.enable";
  asked.value = "7";
  const Answer answer = story.ask(asked);
  EXPECT_FALSE(answer.ok);
  EXPECT_EQ(answer.text, "UPS-A: beeper.enable takes no value, and was given '7'");
}

// A refusal quotes the name, and would have looked like lines of the log's own.
TEST(Orders, ANameIsOneLine) {
  RackStory story(with_orders());
  story.until(10);
  ControlRequested asked;
  asked.device = a;
  asked.kind = ControlKind::command;
  for (const char* name : {"x\nALARM  all is lost", "\x1b[2J", "x\x7f"}) {
    asked.name = name;
    const Answer answer = story.ask(asked);
    EXPECT_FALSE(answer.ok);
    EXPECT_EQ(answer.text, "UPS-A: a name is one line of text");
  }
}

TEST(TakenOut, StaysSoOverARestartWithANotice) {
  Engine engine(with_orders(), RunId{1}, at_s(100));
  Effects effects;
  const HandRecord records[] = {{"comm-A1", CommState::disabled, root, 3h},
                                {"gone", CommState::disabled, "", 1s},
                                {"comm-A2", CommState::missing, "", 1s}};  // no person gives that
  EXPECT_THAT(engine.restore_comm_states(records, at_s(100), effects),
              ::testing::ElementsAre("gone", "comm-A2"));
  EXPECT_EQ(engine.comm().state(CommId{0}), CommState::disabled);
  EXPECT_EQ(engine.comm().active(a), PathRank{2}) << "it moves off at once";
  ASSERT_FALSE(effects.empty());
  const auto* notice = std::get_if<Notice>(&effects.front());
  ASSERT_NE(notice, nullptr);
  EXPECT_EQ(notice->message,
            "Comm device comm-A1 stays disabled: root (uid 0) over the socket took it out of use "
            "3 h 0 min ago.");
}

TEST(TakenOut, ADeviceBetweenTwoOfThemStaysWhereItIs) {
  Engine engine(with_orders(), RunId{1}, at_s(100));
  Effects effects;
  const HandRecord both[] = {{"comm-A1", CommState::disabled, root, 2h},
                             {"comm-A2", CommState::out_of_service, root, 1h}};
  EXPECT_THAT(engine.restore_comm_states(both, at_s(100), effects), ::testing::IsEmpty());
  EXPECT_EQ(engine.comm().active(a), primary);
  for (const Effect& effect : effects) {
    const auto* notice = std::get_if<Notice>(&effect);
    EXPECT_FALSE(notice != nullptr && notice->kind == NoticeKind::path_changed) << notice->message;
  }
}

TEST(TakenOut, ADriverThatReportsOkDoesNotBringItBack) {
  Engine engine(with_orders(), RunId{1}, at_s(100));
  Effects effects;
  const HandRecord record{"comm-A1", CommState::disabled, root, 1s};
  ASSERT_THAT(engine.restore_comm_states({&record, 1}, at_s(100), effects), ::testing::IsEmpty());
  const Event reported = CommStateReported{CommId{0}, CommState::ok};
  engine.step({&reported, 1}, at_s(101), effects);
  EXPECT_EQ(engine.comm().state(CommId{0}), CommState::disabled);
}

TEST(RecallComm, ADeviceThatGoesOnOverAnotherPathSaysSoAndWhy) {
  RackStory story(rack());
  story.until(10);
  story.world.link(a, PathRank{1}).kind = sim::Link::Kind::refuses;
  story.until(30);
  ASSERT_EQ(story.engine().comm().active(a), PathRank{2});
  CommMemory memory = story.engine().comm().remember(a, story.world.now());
  memory.age(30s);
  Engine engine(rack(), RunId{1}, at_s(1'000));
  Effects effects;
  ASSERT_TRUE(engine.recall_comm(memory, at_s(1'000), effects));
  ASSERT_EQ(effects.size(), 1u);
  const auto* notice = std::get_if<Notice>(&effects.front());
  ASSERT_NE(notice, nullptr);
  EXPECT_EQ(notice->kind, NoticeKind::daemon);
  EXPECT_EQ(notice->subject, "UPS-A");
  EXPECT_THAT(notice->message,
              HasSubstr("UPS-A goes on where it was, on its first failover path (comm-A2) "
                        "because a message failed ("));
}

}  // namespace
}  // namespace nightwatt::core::testing
