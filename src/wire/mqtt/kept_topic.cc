#include "wire/mqtt/kept_topic.h"

namespace nightwatt::wire::mqtt {

void KeptTopic::arrived(std::string_view payload, bool retained, Instant now) {
  oversized_ = payload.size() > payload_bytes_max ? payload.size() : 0;
  payload_ = oversized_ != 0 ? std::string_view() : payload;
  at_ = now;
  origin_ = retained ? Origin::retained : Origin::live;
}

void KeptTopic::connection_lost() {
  if (heard_here()) origin_ = Origin::doubtful;
}

bool KeptTopic::fresh(Instant now, Duration freshness) const {
  return origin_ == Origin::live && now - at_ <= freshness;
}

bool KeptTopic::differs(std::string_view payload) const {
  return origin_ != Origin::live || payload_ != payload;
}

std::string KeptTopic::why_not(std::string_view name, Instant now, Duration freshness,
                               Instant since) const {
  const std::string topic(name);
  const std::string waited = span_text(now - since);
  switch (origin_) {
    case Origin::never:
      return "no message on " + topic + " since it was subscribed " + waited + " ago";
    case Origin::retained:
      return topic + " has only a retained message, whose age nobody knows; no live one in " +
             waited;
    case Origin::doubtful:
      return "no message on " + topic + " since the connection came back " + waited + " ago";
    case Origin::live: break;
  }
  return topic + " is " + span_text(now - at_) + " old (freshness " + span_text(freshness) + ")";
}

std::string span_text(Duration span) {
  const auto milliseconds = span.count() < 0 ? 0 : span.count();
  if (milliseconds >= 10'000 || milliseconds % 1'000 == 0)
    return std::to_string(milliseconds / 1'000) + " s";
  return std::to_string(milliseconds / 1'000) + "." + std::to_string(milliseconds % 1'000 / 100) +
         " s";
}

}  // namespace nightwatt::wire::mqtt
