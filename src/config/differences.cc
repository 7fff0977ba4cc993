#include <fmt/format.h>

#include <algorithm>

#include "config/config.h"
#include "config/duration.h"
#include "config/page.h"

// What guarded failover does otherwise than compat for this configuration (comm-failover, section
// 5): one sentence for each way, with the devices that it concerns.
namespace nightwatt::config {
namespace {

using Names = std::vector<std::string>;
using Sentences = std::vector<std::string>;

// The guarded devices of a site by what makes a difference to them.
struct Guarded {
  Names probed{};     // with a probe interval, also those with one path and the manual ones
  Names redundant{};  // automatic, with a second path: the following are all of these
  Names with_heartbeat{};
  Names with_choice{};  // three paths or more
  Names failback{};
  Names ups{};
  Names many_messages{};  // a poll of theirs needs more than one
  Names dry_run{};
};

bool needs_many(const core::DeviceRule& device) {
  return std::ranges::any_of(device.paths, [](const core::PathRule& path) {
    return std::ranges::any_of(path.messages, [](std::uint16_t count) { return count > 1; });
  });
}

Guarded sorted(const Config& config) {
  Guarded out;
  for (const core::DeviceRule& device : config.site.devices) {
    if (device.mode != FailoverMode::guarded) continue;
    const bool probed = device.probe_interval.count() > 0;
    const auto into = [&](Names& names, bool it) {
      if (it) names.push_back(device.name);
    };
    into(out.probed, probed);
    if (!device.auto_failover || device.paths.size() < 2) continue;
    into(out.redundant, true);
    into(out.with_heartbeat, probed);
    into(out.with_choice, device.paths.size() > 2);
    into(out.failback, device.failback_on_failure);
    into(out.ups, device.is_ups);
    into(out.many_messages, needs_many(device));
    into(out.dry_run, device.failover_dry_run);
  }
  return out;
}

void say(Sentences& out, std::string_view what, const Names& who, std::string_view text) {
  if (!who.empty()) out.push_back(fmt::format("{} ({}): {}", what, named(who), text));
}

void about_going_back(const Guarded& guarded, Sentences& out) {
  say(out, "Probe before failback", guarded.redundant,
      "retry_primary is the earliest time; the device goes back after `rise` good probes of the "
      "primary. compat moves a poll there blindly.");
  say(out, "Idle devices", guarded.redundant,
      "one that nobody polls for a minute goes back between polls. compat looks at "
      "retry_primary only when a poll begins.");
  say(out, "Hold-down", guarded.redundant,
      "a primary that fails again within 30 minutes of a return doubles retry_primary, up to an "
      "hour. compat goes back as often as it fails.");
  say(out, "Failback on failure", guarded.failback,
      "on unless it is switched off. compat has it off.");
}

void about_choosing(const Guarded& guarded, Sentences& out) {
  say(out, "Grace on entry", guarded.redundant,
      "initial_fail of an alternate counts from when it became active. compat counts from the "
      "last success on any path.");
  say(out, "Whole polls", guarded.redundant,
      "initial_fail counts from the last poll that got all its answers, where one takes several "
      "messages. compat counts from the last message that was answered.");
  say(out, "Heartbeat", guarded.with_heartbeat,
      "each path that stands by is read every probe_interval, unless it is metered. compat "
      "reads the active path only.");
  say(out, "Order of choice", guarded.with_choice,
      "an alternate that is known dead, or that leads over a suspect comm device, is chosen "
      "last. compat takes the next one in its sequence.");
  say(out, "Make before break", guarded.redundant,
      "with the first failed poll the next path is connected, unless it is metered. compat "
      "connects when it moves.");
  say(out, "Dry run", guarded.dry_run,
      "failover_dry_run: they only report what they would do. compat has none.");
}

void about_load(const Guarded& guarded, Sentences& out) {
  say(out, "Polls in pieces", guarded.many_messages,
      "a poll of several messages that goes on over another path starts anew there, so that no "
      "reading is mixed from two paths. compat resumes at the failed message.");
  say(out, "Crowds", guarded.redundant,
      "devices that fail together on one comm device leave it together, without their timers. "
      "One that answers stays.");
  say(out, "Arrivals", guarded.redundant,
      "at most `arrivals_per_second` devices come to a comm device in trouble; polls of the "
      "others are dropped, and due again when it is their turn, unless they are on battery. "
      "compat sends all at once.");
  say(out, "Dead devices", guarded.probed,
      "when no path answers, the device stops moving and is tried once each time, at most every "
      "probe_interval, so that others on its comm devices keep their rate. compat goes on as "
      "before.");
  say(out, "Sweep", guarded.ups,
      "on battery and unseen, each other usable path is tried once with all timers ignored, and "
      "no UPS is UNKNOWN before that. compat waits for its timers.");
}

}  // namespace

std::vector<std::string> guarded_differences(const Config& config) {
  const Guarded guarded = sorted(config);
  Sentences out;
  about_going_back(guarded, out);
  about_choosing(guarded, out);
  about_load(guarded, out);
  return out;
}

}  // namespace nightwatt::config
