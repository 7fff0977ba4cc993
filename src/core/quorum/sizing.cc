#include "core/quorum/sizing.h"

#include <algorithm>
#include <cmath>

#include "model/quantity.h"

namespace nightwatt::core {
namespace {

// Runtime falls faster than load rises: the exponent of Peukert's law for a lead battery, on the
// pessimistic side of the usual 1.1 to 1.3.
constexpr double peukert = 1.3;
// An alarm that stands is released only this far below its limit, percentage points.
constexpr double release_below = 2;

struct Power {
  double load = 0;
  double nominal = 0;
};

std::optional<Power> in_watts(const FeedLoad& feed) {
  if (!feed.watts || !feed.watts_nominal) return std::nullopt;
  return Power{*feed.watts, *feed.watts_nominal};
}

std::optional<Power> in_volt_amperes(const FeedLoad& feed) {
  if (!feed.volt_amperes || !feed.volt_amperes_nominal) return std::nullopt;
  return Power{*feed.volt_amperes, *feed.volt_amperes_nominal};
}

// What the feeding members carry together.
struct Together {
  double load = 0;
  double nominal = 0;
  std::size_t feeds = 0;
  const FeedLoad* largest = nullptr;  // the first of the largest: its failure is the worst
  double largest_nominal = 0;
};

// One unit for all, or nothing: watts and volt-amperes do not add up.
template <class Unit>
std::optional<Together> together(std::span<const FeedLoad> feeds, Unit unit) {
  Together out;
  for (const FeedLoad& feed : feeds) {
    if (!feed.feeding) continue;
    const auto power = unit(feed);
    if (!power || power->nominal <= 0) return std::nullopt;
    out.load += power->load;
    out.nominal += power->nominal;
    ++out.feeds;
    if (out.largest != nullptr && power->nominal <= out.largest_nominal) continue;
    out.largest = &feed;
    out.largest_nominal = power->nominal;
  }
  if (out.feeds == 0) return std::nullopt;
  return out;
}

// A lone feed is single-feed operation already: its own load is the answer.
double single_feed_load(const Together& all) {
  const double remaining = all.feeds > 1 ? all.nominal - all.largest_nominal : all.nominal;
  return all.load / remaining * 100;
}

// The 50 % rule is about normal operation: with a feed gone the others carry more, rightly.
const FeedLoad* most_loaded(std::span<const FeedLoad> feeds) {
  if (feeds.size() < 2) return nullptr;
  const FeedLoad* most = nullptr;
  for (const FeedLoad& feed : feeds) {
    if (!feed.feeding) return nullptr;
    if (!feed.load_percent) continue;
    if (most == nullptr || *feed.load_percent > *most->load_percent) most = &feed;
  }
  return most;
}

std::optional<double> positive(std::optional<double> value) {
  return value && std::isfinite(*value) && *value > 0 ? value : std::nullopt;
}

std::optional<double> scaled(std::optional<double> nominal, std::optional<double> percent) {
  if (!nominal || !percent) return std::nullopt;
  return *nominal * *percent / 100;
}

// The shortest runtime among the survivors at `load` percent each; nothing if one is not known.
template <class Unit>
std::optional<double> shortest_runtime(std::span<const FeedLoad> feeds, Unit unit,
                                       const FeedLoad* failed, double load) {
  std::optional<double> shortest;
  for (const FeedLoad& feed : feeds) {
    if (!feed.feeding || &feed == failed) continue;
    const auto power = unit(feed);
    const double now = power ? power->load / power->nominal * 100 : 0;
    if (!feed.runtime_s || now <= 0) return std::nullopt;
    const double share = std::min(1.0, std::pow(now / load, peukert));
    const double runtime = *feed.runtime_s * share;
    shortest = shortest ? std::min(*shortest, runtime) : runtime;
  }
  return shortest;
}

// Whether it could be computed in this unit.
template <class Unit>
bool size_failure(Sizing& out, std::span<const FeedLoad> feeds, Unit unit) {
  const auto all = together(feeds, unit);
  if (!all) return false;
  out.single_feed_load = single_feed_load(*all);
  const FeedLoad* const failed = all->feeds > 1 ? all->largest : nullptr;
  if (failed != nullptr) out.worst_failure = failed->name;
  if (all->load > 0) {
    out.post_transfer_runtime_s = shortest_runtime(feeds, unit, failed, *out.single_feed_load);
  }
  return true;
}

double single_feed_limit(const QuorumRule& rule) {
  return rule.single_feed_load_max - rule.headroom;
}
double member_limit(const QuorumRule& rule) { return rule.member_load_max - rule.headroom; }

void tell(std::string_view group, std::string text, bool over, Effects& effects) {
  std::string message(group);
  message += ": " + text;
  if (over) message += "; only less load or a larger UPS cures it";
  effects.push_back(Notice{over ? Severity::alarm : Severity::info,
                           NoticeKind::sizing,
                           std::string(group),
                           std::move(message),
                           {}});
}

// The alarm's new state: unknown values change nothing.
bool over_limit(bool standing, std::optional<double> load, double limit) {
  if (!load) return standing;
  return *load > (standing ? limit - release_below : limit);
}

std::string single_feed_text(const Sizing& sizing) {
  std::string text = "single-feed load ";
  if (!sizing.single_feed_load) return text + "not known";
  text += quantity(*sizing.single_feed_load, "%");
  if (!sizing.worst_failure.empty()) text += " if " + sizing.worst_failure + " fails";
  return text + " (limit " + quantity(sizing.single_feed_limit, "%") + ")";
}

std::string member_text(const Sizing& sizing) {
  if (!sizing.member_load) return "member load not known";
  return "load of " + sizing.most_loaded + " " + quantity(*sizing.member_load, "%") + " (limit " +
         quantity(sizing.member_limit, "%") + ")";
}

}  // namespace

FeedLoad feed_of(std::string_view name, bool feeding, const Reading* reading,
                 const MemberRule& rule) {
  FeedLoad feed{.name = name, .feeding = feeding, .watts_nominal = positive(rule.nominal_power)};
  if (reading == nullptr) return feed;
  const Values& values = reading->values;
  feed.load_percent = values.get(Variable::ups_load);
  if (!feed.watts_nominal)
    feed.watts_nominal = positive(values.get(Variable::ups_realpower_nominal));
  feed.volt_amperes_nominal = positive(values.get(Variable::ups_power_nominal));
  feed.watts = values.get(Variable::ups_realpower);
  if (!feed.watts) feed.watts = scaled(feed.watts_nominal, feed.load_percent);
  feed.volt_amperes = values.get(Variable::ups_power);
  if (!feed.volt_amperes) feed.volt_amperes = scaled(feed.volt_amperes_nominal, feed.load_percent);
  feed.runtime_s = values.get(Variable::battery_runtime);
  if (!feed.load_percent && feed.watts && feed.watts_nominal) {
    feed.load_percent = *feed.watts / *feed.watts_nominal * 100;
  }
  return feed;
}

Sizing size_up(const QuorumRule& rule, std::span<const FeedLoad> feeds) {
  Sizing out;
  out.single_feed_limit = single_feed_limit(rule);
  out.member_limit = member_limit(rule);
  if (!size_failure(out, feeds, in_watts)) size_failure(out, feeds, in_volt_amperes);
  if (const FeedLoad* most = most_loaded(feeds)) {
    out.member_load = most->load_percent;
    out.most_loaded = most->name;
  }
  return out;
}

bool settled(const SizingWatch& watch, const QuorumRule& rule, std::span<const FeedLoad> feeds) {
  auto all = together(feeds, in_watts);
  if (!all) all = together(feeds, in_volt_amperes);
  if (all && over_limit(watch.single_feed_over, single_feed_load(*all), single_feed_limit(rule)) !=
                 watch.single_feed_over) {
    return false;
  }
  const FeedLoad* const most = most_loaded(feeds);
  return most == nullptr ||
         over_limit(watch.member_over, most->load_percent, member_limit(rule)) == watch.member_over;
}

std::string sentence(const Sizing& sizing) {
  std::string text = single_feed_text(sizing) + ", post-transfer runtime ";
  text += sizing.post_transfer_runtime_s
              ? quantity(std::floor(*sizing.post_transfer_runtime_s), "s")
              : std::string("not known");
  return text + "; " + member_text(sizing);
}

void observe(SizingWatch& watch, std::string_view group, const Sizing& sizing, Effects& effects) {
  const bool single =
      over_limit(watch.single_feed_over, sizing.single_feed_load, sizing.single_feed_limit);
  if (single != watch.single_feed_over) {
    watch.single_feed_over = single;
    tell(group, single_feed_text(sizing), single, effects);
  }
  const bool member = over_limit(watch.member_over, sizing.member_load, sizing.member_limit);
  if (member != watch.member_over) {
    watch.member_over = member;
    tell(group, member_text(sizing), member, effects);
  }
}

}  // namespace nightwatt::core
