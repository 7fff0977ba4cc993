// Worse input never gives a better state (power-quorum, section 1, "Order"): two members with one
// history, then two readings of which one is worse in exactly one respect. Seeded.
#include "base/rng.h"
#include "tests/core/power/conditions.h"

namespace nightwatt::core::testing {
namespace {

struct Sample {
  std::set<std::string> words;
  std::map<Variable, double> numbers;
};

Reading to_reading(const Sample& sample) {
  std::string status;
  for (const auto& word : sample.words) status += word + " ";
  Numbers numbers;
  for (const auto& [variable, value] : sample.numbers) numbers[variable] = std::to_string(value);
  return reading_of(status, numbers);
}

Sample random_sample(Rng& rng) {
  Sample out;
  out.words.insert(rng.chance_percent(50) ? "OL" : "OB");
  for (const char* word : {"LB", "RB", "OVER", "TRIM", "BYPASS", "ALARM"}) {
    if (rng.chance_percent(12)) out.words.insert(word);
  }
  if (rng.chance_percent(10)) out.words.insert("CAL");
  if (rng.chance_percent(8)) out.words.insert("OFF");
  if (rng.chance_percent(3)) out.words.insert("FSD");
  if (rng.chance_percent(90)) out.numbers[charge] = static_cast<double>(rng.between(0, 60));
  if (rng.chance_percent(90)) out.numbers[runtime] = static_cast<double>(rng.between(0, 1500));
  if (rng.chance_percent(80)) out.numbers[load] = static_cast<double>(rng.between(0, 130));
  if (rng.chance_percent(80)) out.numbers[input] = static_cast<double>(rng.between(200, 260));
  out.numbers[nominal] = 230;
  if (rng.chance_percent(60)) out.numbers[temperature] = static_cast<double>(rng.between(20, 60));
  return out;
}

// Some stories have conditions, on numbers of which more (or less) is worse.
void draw_conditions(Rng& rng, Story& ups) {
  if (rng.chance_percent(40)) return;
  ConditionRules rules;
  for (auto count = rng.between(1, 3); count > 0; --count) {
    const double limit = static_cast<double>(rng.between(25, 55));
    ConditionRule rule = rng.chance_percent(60)   ? above("ups.temperature", limit)
                         : rng.chance_percent(50) ? above("ups.load", 2 * limit)
                                                  : below("battery.charge", limit);
    rule.critical = rng.chance_percent(50);
    rule.hold = Duration(rng.between(0, 2) * 20'000);
    rules.push_back(std::move(rule));
  }
  with(ups, std::move(rules));
}

// Worse in one respect.
Sample worsened(Rng& rng, Sample sample) {
  switch (rng.between(0, 7)) {
    case 0:
      if (sample.words.erase("OL") == 1) sample.words.insert("OB");
      break;
    case 1: {
      const char* words[] = {"LB", "RB", "OVER", "TRIM", "BYPASS", "ALARM", "OFF", "FSD"};
      sample.words.insert(words[rng.between(0, 7)]);
      break;
    }
    case 2:
      if (sample.numbers.contains(charge)) {
        sample.numbers[charge] -= std::min(sample.numbers[charge], 20.0);
      }
      break;
    case 3:
      if (sample.numbers.contains(runtime)) {
        sample.numbers[runtime] -= std::min(sample.numbers[runtime], 400.0);
      }
      break;
    case 4:
      if (sample.numbers.contains(load)) sample.numbers[load] += 40;
      break;
    case 5:
      if (sample.numbers.contains(input)) {
        sample.numbers[input] += sample.numbers[input] < 230 ? -60 : 60;
      }
      break;
    case 6:
      if (sample.numbers.contains(temperature)) sample.numbers[temperature] += 15;
      break;
    case 7: break;  // equal: never better than itself
  }
  return sample;
}

int badness(const MemberMemory& memory) {
  switch (view(memory).state) {
    case MemberState::healthy: return 0;
    case MemberState::degraded: return 1;
    case MemberState::unknown: return 2;
    case MemberState::critical: return view(memory).evidence ? 4 : 3;
    case MemberState::maintenance: return 5;
  }
  return 6;
}

TEST(Monotone, AWorseReadingNeverGivesABetterState) {
  int differences = 0;
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    Rng rng(seed);
    Story ups;
    draw_conditions(rng, ups);
    double second = 0;
    for (auto steps = rng.between(0, 12); steps > 0; --steps) {
      second += static_cast<double>(rng.between(1, 40));
      if (rng.chance_percent(10)) {
        ups.miss(second);
      } else {
        const Reading reading = to_reading(random_sample(rng));
        ups.until(second);
        PowerOut out{ups.effects};
        on_reading(ups.memory, ups.watched(), reading, ups.now(), out);
      }
    }
    ups.until(second + 1);
    Story other = ups;
    const Sample sample = random_sample(rng);
    const Sample worse = worsened(rng, sample);
    PowerOut out{ups.effects};
    on_reading(ups.memory, ups.watched(), to_reading(sample), ups.now(), out);
    on_reading(other.memory, other.watched(), to_reading(worse), other.now(), out);
    ASSERT_LE(badness(ups.memory), badness(other.memory))
        << "seed " << seed << ": " << ups.kinds() << " | " << other.kinds();
    differences += badness(ups.memory) < badness(other.memory) ? 1 : 0;
    // And what time does to both keeps the order.
    ups.until(second + 45);
    other.until(second + 45);
    ASSERT_LE(badness(ups.memory), badness(other.memory)) << "later, seed " << seed;
  }
  EXPECT_GT(differences, 300) << "the generator must find cases that differ";
}

TEST(Monotone, NoReadingIsNeverBetterThanTheSameWordAgain) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    Rng rng(seed);
    Story seen;
    draw_conditions(rng, seen);
    const Reading reading = to_reading(random_sample(rng));
    for (int s = 0; s < 40; ++s) {
      seen.until(s);
      PowerOut out{seen.effects};
      on_reading(seen.memory, seen.watched(), reading, seen.now(), out);
    }
    Story unseen = seen;
    const double later = static_cast<double>(rng.between(40, 55));
    unseen.miss(40).miss(41).miss(42).miss(later);
    seen.until(later);
    PowerOut out{seen.effects};
    on_reading(seen.memory, seen.watched(), reading, seen.now(), out);
    ASSERT_LE(badness(seen.memory), badness(unseen.memory))
        << "seed " << seed << ": " << seen.kinds() << " | " << unseen.kinds();
  }
}

// Deadlines always lie ahead, whatever happens.
TEST(Deadlines, AlwaysLieAheadAndChangeSomethingOrNothingWorse) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Rng rng(seed);
    Story ups;
    draw_conditions(rng, ups);
    ups.every_path_tried = rng.chance_percent(50);
    double second = 0;
    for (int i = 0; i < 40; ++i) {
      second += static_cast<double>(rng.between(0, 30'000)) / 1000;
      if (rng.chance_percent(40)) {
        ups.miss(second);
      } else {
        ups.until(second);
        PowerOut out{ups.effects};
        on_reading(ups.memory, ups.watched(), to_reading(random_sample(rng)), ups.now(), out);
      }
      const auto next = next_deadline(ups.memory, ups.watched());
      ASSERT_TRUE(!next || *next > ups.now()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace nightwatt::core::testing
