// What a new configuration makes of what was read before it.
#include <map>
#include <memory>

#include "tests/core/rack_story.h"

namespace nightwatt::core::testing {
namespace {

constexpr VariableId other(std::uint16_t index) {
  return VariableId{static_cast<std::uint16_t>(first_other_variable + index)};
}

ConditionRule above(const std::string& name, VariableId id, double limit) {
  ConditionRule rule;
  rule.variable = name;
  rule.id = id;
  rule.limit = limit;
  rule.critical = true;
  return rule;
}

// An engine whose messages are answered at once with what each device says.
class Answered {
 public:
  explicit Answered(const Site& site) : engine(site, RunId{1}, at_s(0)) {
    for (const DeviceId device : {a, b}) says[device].status = parse_status("OL");
  }
  Answered& until(double second) {
    step({}, at_s(now_));
    while (engine.next_deadline() && *engine.next_deadline() <= at_s(second)) {
      step({}, *engine.next_deadline());
    }
    now_ = second;
    return *this;
  }
  // No message is answered in the step that comes with it.
  Answered& reload(Site site) {
    Effects effects;
    EXPECT_TRUE(engine.reload(std::move(site), at_s(now_), effects));
    Effects after;
    engine.step({}, at_s(now_), after);
    take(after);
    return *this;
  }
  Verdict verdict() const { return engine.group(the_rack, at_s(now_)).verdict; }
  MemberView seen(std::size_t place) const {
    return engine.group(the_rack, at_s(now_)).members[place];
  }

  Engine engine;
  std::map<DeviceId, Reading> says{};
  int committed = 0;
  int alarms = 0;

 private:
  void step(std::vector<Event> events, Instant now) {
    while (true) {
      Effects effects;
      engine.step(events, now, effects);
      events = take(effects);
      if (events.empty()) return;
    }
  }
  std::vector<Event> take(const Effects& effects) {
    std::vector<Event> answers;
    for (const Effect& effect : effects) {
      if (std::holds_alternative<CommitRun>(effect)) ++committed;
      const auto* notice = std::get_if<Notice>(&effect);
      if (notice != nullptr && notice->severity == Severity::alarm) ++alarms;
      const auto* send = std::get_if<SendMessage>(&effect);
      if (send == nullptr) continue;
      Reading reading = says[send->device];
      reading.path = send->path;
      answers.push_back(MessageReplied{send->transaction, std::move(reading)});
    }
    return answers;
  }
  double now_ = 0;
};

Site with_triggers(TriggersMode mode, const RackOptions& options = {}) {
  Site site = rack(options);
  site.groups[0].quorum.triggers = TriggerRule{};
  site.groups[0].quorum.triggers->low_battery_threshold = 30;
  site.groups[0].quorum.triggers_mode = mode;
  return site;
}

TEST(EngineReload, AGroupThatGetsTriggersKnowsItsFeeds) {
  for (const TriggersMode mode : {TriggersMode::add, TriggersMode::replace}) {
    for (const bool restarted : {false, true}) {
      Answered story(rack());
      if (restarted) {
        story.engine.recall_read(a);
        story.engine.recall_read(b);
      }
      story.until(30);
      ASSERT_EQ(story.verdict(), Verdict::protected_);
      story.reload(with_triggers(mode));
      EXPECT_EQ(story.verdict(), Verdict::protected_);
      EXPECT_EQ(story.seen(0).state, MemberState::healthy);
      EXPECT_EQ(story.committed, 0);
      EXPECT_EQ(story.alarms, 0);
      story.until(60);
      EXPECT_EQ(story.verdict(), Verdict::protected_);
    }
  }
}

TEST(EngineReload, AMemberThatComesToAGroupWithTriggersIsKnownThere) {
  Site one = with_triggers(TriggersMode::add);
  one.groups[0].quorum.members = {a};
  Answered story(one);
  story.engine.recall_read(b);
  story.until(30).reload(with_triggers(TriggersMode::add));
  EXPECT_EQ(story.seen(1).state, MemberState::healthy);
  EXPECT_EQ(story.verdict(), Verdict::protected_);
  EXPECT_EQ(story.committed, 0);
}

TEST(EngineReload, ANewGroupWithTriggersKnowsItsFeeds) {
  Site renamed = rack();
  renamed.groups[0].name = "other";
  Answered story(renamed);
  story.until(30).reload(with_triggers(TriggersMode::replace));
  EXPECT_EQ(story.seen(0).state, MemberState::healthy);
}

// The outage began before the group had triggers, and its age counts.
TEST(EngineReload, NewTriggersJudgeTheOutageUnderWayByThemselves) {
  Answered story(rack());
  story.until(30);
  story.says[a].status = parse_status("OB");
  story.says[a].values.set_text(Variable::battery_charge, "25");
  story.until(90);
  ASSERT_EQ(story.seen(0).state, MemberState::degraded) << "25 % is above its own threshold";
  story.reload(with_triggers(TriggersMode::replace));
  EXPECT_EQ(story.seen(0).state, MemberState::critical) << "and below the group's";

  Answered other_way(rack());
  other_way.until(30);
  other_way.says[a].status = parse_status("OB LB");
  other_way.until(40);
  ASSERT_TRUE(other_way.seen(0).evidence);
  Site deaf = with_triggers(TriggersMode::replace);
  deaf.groups[0].quorum.triggers->low_battery_flag = false;
  other_way.reload(deaf);
  EXPECT_FALSE(other_way.seen(0).evidence) << "what only its own triggers latched";

  Answered told(rack());
  told.until(30);
  told.says[a].status = parse_status("OB FSD");
  told.until(40);
  told.says[a].status = parse_status("OB");
  told.until(50).reload(deaf);
  EXPECT_TRUE(told.seen(0).evidence) << "what holds whatever the triggers";
}

TEST(EngineReload, AGroupsLookForgetsNumbersOfOtherVariables) {
  Site site = with_triggers(TriggersMode::add);
  const auto hot = [](VariableId id) {
    return std::make_shared<const ConditionRules>(
        ConditionRules{above("battery.temperature", id, 45)});
  };
  site.other_variables = {"ambient.humidity", "battery.temperature"};
  site.groups[0].quorum.triggers->conditions = hot(other(1));
  Answered story(site);
  for (const DeviceId device : {a, b}) {
    story.says[device].others = {{other(0), 60}, {other(1), 25}};
  }
  story.until(30);
  ASSERT_EQ(story.verdict(), Verdict::protected_);
  site.other_variables = {"battery.temperature", "ambient.humidity"};
  site.groups[0].quorum.triggers->conditions = hot(other(0));
  story.reload(site);
  EXPECT_EQ(story.seen(0).state, MemberState::healthy) << "60 is the humidity";
  EXPECT_EQ(story.committed, 0);
}

}  // namespace
}  // namespace nightwatt::core::testing
