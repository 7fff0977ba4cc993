// control and orders: what a device is told to do, and what came of it.
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/client.h"
#include "app/commands.h"
#include "app/json_text.h"
#include "app/status_json.h"
#include "app/terminal.h"

namespace nightwatt::app {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_interval{100};
// An order ends by its own expiry; what is sent at the last moment still has its time-outs.
constexpr std::chrono::seconds answer_within{700};

Colour colour_of_outcome(const std::string& outcome) {
  if (outcome == "ok") return Colour::green;
  return outcome == "pending" ? Colour::plain : Colour::red;
}

void print_end(const Json& order, bool json) {
  if (json) {
    fmt::print("{}\n", dump(order));
    return;
  }
  const Painter paint(wants_colour(stdout));
  const std::string outcome = text_of(order["outcome"]);
  const std::string over = text_of(order["path"], "");
  std::string line = paint(colour_of_outcome(outcome), outcome);
  if (!over.empty()) line += ", over " + over;
  if (const std::string text = text_of(order["text"], ""); !text.empty()) line += ": " + text;
  fmt::print("{}\n", wrap(line, 2));
}

int follow_order(const ControlOptions& options, std::uint64_t id) {
  const auto until = steady_clock::now() + answer_within;
  while (steady_clock::now() < until) {
    const auto order = ask_daemon(options.socket, "GET", fmt::format("/api/v1/control/{}", id));
    if (!order) return exit_failed;
    const std::string outcome = text_of((*order)["outcome"]);
    if (outcome != "pending") {
      print_end(*order, options.json);
      return outcome == "ok" ? exit_ok : exit_failed;
    }
    std::this_thread::sleep_for(look_interval);
  }
  fmt::print(stderr, "error: order {} has not ended; see: nightwatt orders\n", id);
  return exit_failed;
}

}  // namespace

int control(const ControlOptions& options) {
  Json body;
  const auto equals = options.order.find('=');
  if (equals == std::string::npos) {
    body["command"] = options.order;
    if (!options.value.empty()) body["value"] = options.value;
  } else {
    body["variable"] = options.order.substr(0, equals);
    body["value"] = options.order.substr(equals + 1);
  }
  if (options.dry_run) body["dry_run"] = true;
  if (options.expires) body["expires_s"] = seconds(*options.expires);
  const auto answer = ask_daemon(
      options.socket, "POST",
      fmt::format("/api/v1/devices/{}/control", percent_encoded(options.device)), body.dump());
  if (!answer) return exit_failed;
  const auto id = answer->value("order", std::uint64_t{0});
  if (!options.json || id == 0 || options.no_wait) {
    fmt::print("{}\n", options.json ? dump(*answer) : wrap(text_of((*answer)["message"]), 2));
  }
  std::fflush(stdout);
  return id == 0 || options.no_wait ? exit_ok : follow_order(options, id);
}

namespace {

// "7 10:15:00 UPS-A: ups.delay.shutdown = 60, by ...: ok, over its primary path (nut-a1)".
std::string order_line(const Json& order, const std::string& when, const Painter& paint) {
  const std::string outcome = text_of(order["outcome"]);
  const bool dry_run = order.value("dry_run", false) && outcome == "ok";
  const std::string value = text_of(order["value"], "");
  const std::string path = text_of(order["path"], "");
  return fmt::format("{} {} {}: {}{}{}, by {}: {}{}{}", order.value("id", 0), when,
                     text_of(order["device"]), text_of(order["name"]), value.empty() ? "" : " = ",
                     value, text_of(order["who"]),
                     dry_run ? std::string("dry run") : paint(colour_of_outcome(outcome), outcome),
                     path.empty() ? "" : ", over ", path);
}

// Null: a daemon of another version does not say it.
Json when_asked(const Json& order) {
  return order.value("asked_at", order.value("accepted_at", Json()));
}

}  // namespace

int show_orders(const OrdersOptions& options) {
  const auto answer =
      ask_daemon(options.socket, "GET", options.all ? "/api/v1/audit?limit=0" : "/api/v1/control");
  if (!answer) return exit_failed;
  const Json& orders = (*answer)[options.all ? "audit" : "orders"];
  const Painter paint(wants_colour(stdout));
  if (orders.empty() && !options.json) {
    fmt::print("{}\n", options.all ? "no orders in the audit" : "no orders since the daemon began");
  }
  for (const Json& order : orders) {
    if (options.json) {
      fmt::print("{}\n", dump(order));
      continue;
    }
    std::string out;
    // Days matter only where there may be many of them.
    const Json asked = when_asked(order);
    add_line(out, "", order_line(order, options.all ? text_of(asked) : clock_time(asked), paint));
    const std::string text = text_of(order["text"], "");
    if (!text.empty()) add_line(out, "  ", text);
    fmt::print("{}", out);
  }
  return exit_ok;
}

}  // namespace nightwatt::app
