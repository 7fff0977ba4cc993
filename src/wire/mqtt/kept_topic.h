#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace nightwatt::wire::mqtt {

// A message that is longer is no reading; 64 KiB is a hundred times what a UPS has to say.
inline constexpr std::size_t payload_bytes_max = 64 * 1024;

// What was last said on one topic, and whether it may still be believed.
//
//     never ──► retained ──► live ──freshness──► stale (by age alone)
//                 ▲            └── connection lost ──► doubtful ──► live
//                 └ the broker's stored copy
//
// Only a live message is evidence. A retained one was stored at a time that nobody tells, perhaps
// before the device died. What came before the connection was lost is no better: something newer
// may have been missed. A broken wire must never look like a healthy feed, so both count as nothing
// until the next live message, and serve for the error text alone.
class KeptTopic {
 public:
  void arrived(std::string_view payload, bool retained, Instant now);
  void connection_lost();

  // A live message came in this connection and is not older than `freshness`.
  bool fresh(Instant now, Duration freshness) const;
  // Whether this message would be news: what is kept is not live, or says something else.
  bool differs(std::string_view payload) const;
  // The last payload; empty after an oversized one.
  const std::string& payload() const { return payload_; }
  // A message came in this connection, live or retained.
  bool heard_here() const { return origin_ == Origin::retained || origin_ == Origin::live; }
  // Bytes of a message that was too long to keep; 0: it was not.
  std::size_t oversized() const { return oversized_; }

  // One sentence without an end: "ups/a/status is 93 s old (freshness 60 s)". `since`: when the
  // subscription began. REQUIRES: not fresh.
  std::string why_not(std::string_view name, Instant now, Duration freshness, Instant since) const;

 private:
  enum class Origin : std::uint8_t { never, retained, live, doubtful };
  std::string payload_{};
  Instant at_{};
  std::size_t oversized_ = 0;
  Origin origin_ = Origin::never;
};

// "93 s", below ten seconds "2.5 s".
std::string span_text(Duration span);

}  // namespace nightwatt::wire::mqtt
