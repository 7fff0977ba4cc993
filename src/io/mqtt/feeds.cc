#include "io/mqtt/feeds.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "wire/mqtt/payload.h"
#include "wire/mqtt/topic.h"

namespace nightwatt::io {

using Subscription = HeardTopic::Subscription;

// --- one device ---------------------------------------------------------------------------------

std::optional<std::string> Feed::problem(std::string_view unit, const profile::Profile& profile,
                                         const profile::ReadPlan& plan) {
  if (profile.protocol != profile::Protocol::mqtt)
    return "profile " + profile.name + " is not for MQTT";
  if (plan.items.empty()) return "profile " + profile.name + " has nothing of what is asked";
  const auto wrong = [&](const std::string& below) -> std::optional<std::string> {
    const std::string name = wire::mqtt::topic_below(unit, below);
    if (wire::mqtt::is_topic_name(name)) return std::nullopt;
    return wire::mqtt::quotable(name) + " is no topic name";
  };
  for (const std::uint16_t index : plan.items) {
    const auto& source = std::get<profile::MqttSource>(profile.items[index].source);
    if (auto found = wrong(source.topic)) return found;
  }
  if (profile.presence.topic.empty()) return std::nullopt;
  return wrong(profile.presence.topic);
}

Feed::Feed(HeardTopics& topics, std::vector<std::string>& wanted, std::string_view unit,
           const profile::Profile& profile, const profile::ReadPlan& plan)
    : offline_(profile.presence.offline) {
  const auto topic_of = [&](const std::string& below) -> Topic& {
    const auto [place, made] = topics.try_emplace(wire::mqtt::topic_below(unit, below));
    if (made) wanted.push_back(place->first);
    return *place;
  };
  for (const std::uint16_t index : plan.items) {
    const profile::Item& item = profile.items[index];
    Topic& topic = topic_of(std::get<profile::MqttSource>(item.source).topic);
    part_of(topic).items.push_back(&item);
    if (item.variable == status_variable) topic.second.urgent = true;
  }
  if (profile.presence.topic.empty()) return;
  presence_ = &topic_of(profile.presence.topic);
  presence_->second.urgent = true;
}

Feed::Part& Feed::part_of(Topic& topic) {
  const auto found = std::ranges::find(parts_, &topic, &Part::topic);
  return found != parts_.end() ? *found : parts_.emplace_back(Part{&topic, {}});
}

// A last will is retained, so that who comes later learns of it: here alone a retained message
// counts. It can only say that the device is gone, never that it is well.
std::optional<Feed::Answer> Feed::answer(Instant now, Duration freshness) const {
  if (presence_ != nullptr && presence_->second.kept.heard_here() &&
      wire::mqtt::says(presence_->second.kept.payload(), offline_)) {
    return Answer{{},
                  MessageFailure::driver_down,
                  "the device is gone: " + presence_->first + " says " +
                      wire::mqtt::quotable(presence_->second.kept.payload())};
  }
  for (const Part& part : parts_) {
    if (part.topic->second.subscription == Subscription::refused) {
      return Answer{{},
                    MessageFailure::unauthorised,
                    "the broker refuses the subscription of " + part.topic->first};
    }
  }
  const auto fresh = [&](const Part& part) {
    return part.topic->second.kept.fresh(now, freshness);
  };
  if (!std::ranges::all_of(parts_, fresh)) return std::nullopt;
  Answer out{Reading{}, MessageFailure::bad_reply, {}};
  for (const Part& part : parts_) {
    const auto& [name, topic] = *part.topic;
    if (topic.kept.oversized() != 0) {
      return Answer{{},
                    MessageFailure::bad_reply,
                    name + ": a message of " + std::to_string(topic.kept.oversized()) +
                        " bytes (at most " + std::to_string(wire::mqtt::payload_bytes_max) + ")"};
    }
    const auto read = wire::mqtt::read_payload(topic.kept.payload(), part.items, *out.reading);
    if (!read) return Answer{{}, MessageFailure::bad_reply, name + ": " + read.error()};
  }
  return out;
}

std::string Feed::missing(Instant now, Duration freshness) const {
  for (const Part& part : parts_) {
    const auto& [name, topic] = *part.topic;
    if (topic.subscription != Subscription::granted)
      return "the broker has not answered the subscription of " + name;
    if (!topic.kept.fresh(now, freshness))
      return topic.kept.why_not(name, now, freshness, topic.since);
  }
  return "nothing is missing any more";
}

// --- all of them --------------------------------------------------------------------------------

Feed& Feeds::of(std::string_view unit, const profile::Profile& profile,
                const profile::ReadPlan& plan) {
  auto& feed = feeds_[{&plan, std::string(unit)}];
  if (!feed) feed = std::make_unique<Feed>(topics_, wanted_, unit, profile, plan);
  return *feed;
}

void Feeds::want(const std::string& topic) {
  if (topics_.try_emplace(topic).second) wanted_.push_back(topic);
}

const HeardTopic* Feeds::find(std::string_view topic) const {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? nullptr : &found->second;
}

bool Feeds::heard(std::string_view name, std::string_view payload, bool retained, Instant now) {
  const auto found = topics_.find(name);
  if (found == topics_.end()) return false;
  HeardTopic& topic = found->second;
  const bool news = topic.urgent && !retained && topic.kept.differs(payload);
  topic.kept.arrived(payload, retained, now);
  return news;
}

std::vector<std::string> Feeds::take_wanted(std::size_t most) {
  std::vector<std::string> out;
  while (!wanted_.empty() && out.size() < most) {
    out.push_back(std::move(wanted_.back()));
    wanted_.pop_back();
    topics_.find(out.back())->second.subscription = Subscription::asked;
  }
  return out;
}

void Feeds::granted(const std::string& name, bool yes, Instant now) {
  const auto found = topics_.find(name);
  if (found == topics_.end()) return;
  found->second.subscription = yes ? Subscription::granted : Subscription::refused;
  found->second.since = now;
}

void Feeds::connection_lost() {
  wanted_.clear();
  for (auto& [name, topic] : topics_) {
    topic.kept.connection_lost();
    topic.subscription = Subscription::wanted;
    wanted_.push_back(name);
  }
}

void Feeds::clear() {
  feeds_.clear();
  topics_.clear();
  wanted_.clear();
}

}  // namespace nightwatt::io
