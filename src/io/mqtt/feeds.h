#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/comm.h"
#include "ports/device_link.h"
#include "wire/mqtt/kept_topic.h"

// What a broker's devices have said, and which topics make a reading.
//
//     Feed (unit + plan) ──► parts ──► HeardTopic "ups/a/state"  { kept message, wanted, granted }
//                        └──► presence HeardTopic "ups/a/online"
//
// No I/O: the link subscribes what is wanted and hands in what is heard.
namespace nightwatt::io {

struct HeardTopic {
  enum class Subscription : std::uint8_t { wanted, asked, granted, refused };
  wire::mqtt::KeptTopic kept{};
  Instant since{};  // when the broker granted it
  Subscription subscription = Subscription::wanted;
  bool urgent = false;  // what it says decides: the device's status, its last will
};
using HeardTopics = std::map<std::string, HeardTopic, std::less<>>;

// One device by one plan. Points into the topics, whose places never change.
class Feed {
 public:
  using Topic = HeardTopics::value_type;

  // REQUIRES: a profile and plan of MQTT; names that are topic names.
  // Topics that are new are added to `wanted`.
  Feed(HeardTopics& topics, std::vector<std::string>& wanted, std::string_view unit,
       const profile::Profile& profile, const profile::ReadPlan& plan);

  // An answer that can be given now: a reading, or a failure that waiting does not mend (the device
  // is gone, what it says is garbage, the broker refuses the topic). Nothing: wait.
  struct Answer {
    std::optional<Reading> reading{};
    MessageFailure failure{};
    std::string text{};
  };
  std::optional<Answer> answer(Instant now, Duration freshness) const;
  // What is being waited for: "ups/a/status is 93 s old (freshness 60 s)".
  std::string missing(Instant now, Duration freshness) const;
  // Nothing, or why there can be no such feed.
  static std::optional<std::string> problem(std::string_view unit, const profile::Profile& profile,
                                            const profile::ReadPlan& plan);

 private:
  struct Part {
    Topic* topic = nullptr;
    std::vector<const profile::Item*> items{};
  };
  Part& part_of(Topic& topic);
  std::vector<Part> parts_{};
  Topic* presence_ = nullptr;
  std::string_view offline_{};  // the profile's word
};

class Feeds {
 public:
  // The feed is made at first use; its topics are then `wanted`.
  Feed& of(std::string_view unit, const profile::Profile& profile, const profile::ReadPlan& plan);
  // A topic without a feed: where an order is acknowledged.
  void want(const std::string& topic);
  const HeardTopic* find(std::string_view topic) const;

  // Nothing: nobody asked for this topic. Otherwise whether it is news that decides something.
  bool heard(std::string_view topic, std::string_view payload, bool retained, Instant now);
  // Takes up to `most` topics that are wanted; they are asked for now.
  std::vector<std::string> take_wanted(std::size_t most);
  void granted(const std::string& topic, bool yes, Instant now);
  // Everything is wanted again, and nothing that was kept is believed.
  void connection_lost();
  void clear();

 private:
  HeardTopics topics_{};
  std::map<std::pair<const profile::ReadPlan*, std::string>, std::unique_ptr<Feed>> feeds_{};
  std::vector<std::string> wanted_{};
};

}  // namespace nightwatt::io
