#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/power/rule.h"
#include "core/quorum/rule.h"
#include "model/effect.h"
#include "model/reading.h"

// Could the remaining feeds carry the load? (power-quorum, section 3, "Sizing".) Computed live for
// the worst single failure, assuming that survivors share the load in proportion to their size.
// What cannot be computed is "not known", never guessed.
namespace nightwatt::core {

// What one member carries now. Power in watts where known, and beside it in volt-amperes.
struct FeedLoad {
  std::string_view name{};
  bool feeding = true;  // seen, and neither CRITICAL nor in maintenance
  std::optional<double> load_percent{};
  std::optional<double> watts{};
  std::optional<double> watts_nominal{};
  std::optional<double> volt_amperes{};
  std::optional<double> volt_amperes_nominal{};
  std::optional<double> runtime_s{};
};
// `reading` is null when the member is not seen.
FeedLoad feed_of(std::string_view name, bool feeding, const Reading* reading,
                 const MemberRule& rule);

struct Sizing {
  std::optional<double> single_feed_load{};         // % of the survivors, worst single failure
  std::optional<double> member_load{};              // % of the most loaded member
  std::optional<double> post_transfer_runtime_s{};  // survivors with the whole load
  std::string worst_failure{};                      // whose failure that is
  std::string most_loaded{};
  double single_feed_limit = 0;  // after headroom
  double member_limit = 0;
};
Sizing size_up(const QuorumRule& rule, std::span<const FeedLoad> feeds);

// "single-feed load 92 % if UPS-A fails (limit 80 %), post-transfer runtime 431 s; load of ...".
std::string sentence(const Sizing& sizing);

// Remembers which alarm stands, so that people hear of edges only (released 2 % below the limit).
struct SizingWatch {
  bool single_feed_over = false;
  bool member_over = false;
  template <class A>
  void fields(A& a) {
    a(single_feed_over, member_over);
  }
  friend bool operator==(const SizingWatch&, const SizingWatch&) = default;
};
void observe(SizingWatch& watch, std::string_view group, const Sizing& sizing, Effects& effects);
// Whether observe() of their sizing would change nothing: asked at each reading, so it computes the
// two loads only, and neither texts nor runtimes.
bool settled(const SizingWatch& watch, const QuorumRule& rule, std::span<const FeedLoad> feeds);

}  // namespace nightwatt::core
