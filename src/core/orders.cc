#include "core/orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nightwatt::core {

std::string order_words(ControlKind kind, const std::string& name, const std::string& value) {
  if (kind == ControlKind::write) return fmt::format("{} = {}", name, value);
  return value.empty() ? fmt::format("command {}", name)
                       : fmt::format("command {} {}", name, value);
}

namespace {

std::optional<std::string> value_problem(const ControlRule& rule, const ControlRequested& asked) {
  if (asked.kind == ControlKind::write && asked.value.empty()) {
    return fmt::format("{} needs a value", asked.name);
  }
  if (asked.kind == ControlKind::command && !asked.value.empty() && !rule.takes_value) {
    return fmt::format("{} takes no value, and was given '{}'", asked.name, asked.value);
  }
  if (asked.kind != ControlKind::write || (rule.low == 0 && rule.high == 0)) return std::nullopt;
  const auto number = parse_number(asked.value);
  if (!number || !(*number >= rule.low && *number <= rule.high)) {
    return fmt::format("{} takes a number from {} to {}, not '{}'", asked.name, rule.low, rule.high,
                       asked.value);
  }
  return std::nullopt;
}

bool is_line(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// First of all: other problems quote these texts, and are kept in the log, the journal and memory.
std::optional<std::string> text_problem(const ControlRequested& asked) {
  if (!is_line(asked.name)) return "a name is one line of text";
  if (!is_line(asked.value)) return "a value is one line of text";
  const bool name = asked.name.size() > order_text_max;
  if (!name && asked.value.size() <= order_text_max) return std::nullopt;
  return fmt::format("a {} has at most {} characters", name ? "name" : "value", order_text_max);
}

// A variable that was called as a command, or a command that was given a value with '='.
std::string kind_problem(const ControlRequested& asked) {
  if (asked.kind == ControlKind::write) {
    return fmt::format("{0} is a command, not a variable: write {0}{1}{2}", asked.name,
                       asked.value.empty() ? "" : " ", asked.value);
  }
  return fmt::format("{0} is a variable, not a command: write {0}={1}", asked.name,
                     asked.value.empty() ? "VALUE" : asked.value);
}

}  // namespace

expected<ControlOrder, std::string> judge(const DeviceRule& device, const ControlRequested& asked,
                                          Instant now) {
  if (auto problem = text_problem(asked)) {
    return unexpected<std::string>(device.name + ": " + *problem);
  }
  const char* what = asked.kind == ControlKind::command ? "command" : "write to";
  if (std::ranges::find(device.allow_control, asked.name) == device.allow_control.end()) {
    return unexpected<std::string>(
        fmt::format("{} takes no {} {}: the configuration does not allow it. To allow it, add "
                    "'{}' to the list `control: allow:` of {}",
                    device.name, what, asked.name, asked.name, device.name));
  }
  ControlRule rule;
  const auto named = [&](const ControlRule& each) { return each.name == asked.name; };
  const auto found = std::ranges::find_if(device.controls, [&](const ControlRule& each) {
    return named(each) && each.kind == asked.kind;
  });
  if (found != device.controls.end()) {
    rule = *found;
  } else if (std::ranges::any_of(device.controls, named)) {
    return unexpected<std::string>(fmt::format("{}: {}", device.name, kind_problem(asked)));
  }
  if (auto problem = value_problem(rule, asked)) {
    return unexpected<std::string>(device.name + ": " + *problem);
  }
  const Duration expiry = asked.expires_in.value_or(rule.expiry);
  if (expiry <= Duration::zero() || expiry > order_expiry_max) {
    return unexpected<std::string>(
        fmt::format("{}: an order expires after 1 ms to 10 minutes", device.name));
  }
  return ControlOrder{.id = 0,
                      .device = asked.device,
                      .kind = asked.kind,
                      .name = asked.name,
                      .value = asked.value,
                      .policy = rule.policy,
                      .expires = now + expiry,
                      .who = asked.who,
                      .dry_run = asked.dry_run};
}

void OrderBook::add(OrderView order) {
  const bool accepted = order.accepted;
  orders_.push_back(std::move(order));
  const auto may_go = [&](const OrderView& each) {
    return each.ended.has_value() && each.accepted == accepted;
  };
  if (static_cast<std::size_t>(std::ranges::count_if(orders_, may_go)) <= orders_kept) return;
  orders_.erase(std::ranges::find_if(orders_, may_go));
}

const OrderView* OrderBook::find(std::uint64_t id) const {
  const auto place = std::ranges::lower_bound(orders_, id, {},
                                              [](const OrderView& each) { return each.record.id; });
  return place != orders_.end() && place->record.id == id ? &*place : nullptr;
}

OrderView* OrderBook::find(std::uint64_t id) {
  return const_cast<OrderView*>(std::as_const(*this).find(id));
}

std::size_t OrderBook::pending() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      orders_, [](const OrderView& each) { return !each.ended.has_value(); }));
}

std::size_t OrderBook::pending_of(const std::string& device) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      orders_, [&](const OrderView& each) { return !each.ended && each.record.device == device; }));
}

}  // namespace nightwatt::core
