#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "app/commands.h"
#include "app/duration_text.h"
#include "config/nearest.h"

namespace nightwatt::app {
namespace {

using Action = std::function<int()>;

constexpr const char* about =
    "Nightwatt keeps machines running while any of their redundant feeds still\n"
    "holds, brings them down in order when none does, and never mistakes a broken\n"
    "wire for a broken feed.";
constexpr const char* closing =
    "Exit codes: 0 ok, 1 failed expectation or runtime failure, 2 usage or\n"
    "configuration error. Start here: nightwatt demo, init, validate.\n"
    "One command in detail: nightwatt COMMAND --help.";

CLI::Option* add_socket(CLI::App* command, std::string& socket) {
  return command->add_option("--socket", socket, "the daemon's socket")
      ->type_name("FILE")
      ->envname("NIGHTWATT_SOCKET")
      ->capture_default_str();
}

void add_config(CLI::App* command, std::string& config) {
  command->add_option("-c,--config", config, "the configuration file")
      ->type_name("FILE")
      ->capture_default_str();
}

const CLI::Validator is_duration(
    [](std::string& text) {
      return parse_duration(text) ? std::string()
                                  : "'" + text + "' is not a duration: write 90s, 10m, 2h or 1d";
    },
    "");

void add_run(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("run", "Watch and protect: the daemon, in the foreground");
  auto options = std::make_shared<RunOptions>();
  add_config(command, options->config);
  command
      ->add_option("--state-dir", options->state_dir,
                   "for journal and history (default /var/lib/nightwatt)")
      ->type_name("DIR");
  command
      ->add_option("--run-dir", options->run_dir,
                   "for re-entry flags (default: state dir or /var/run)")
      ->type_name("DIR");
  add_socket(command, options->socket);
  command->add_flag("--dry-run", options->dry_run, "run plans without touching any machine");
  command->add_option("--log-level", options->log_level, "debug, info, warning or error")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}).description(""));
  command->add_option("--log-format", options->log_format, "text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}).description(""));
  command->callback([options, &action] { action = [options] { return run_daemon(*options); }; });
}

void add_offline(CLI::App& app, Action& action) {
  auto* check = app.add_subcommand("validate", "Check a configuration and print what it will do");
  auto checked = std::make_shared<ValidateOptions>();
  add_config(check, checked->config);
  check->add_flag("-q,--quiet", checked->quiet, "print problems only");
  check->callback([checked, &action] { action = [checked] { return validate(*checked); }; });

  auto* start = app.add_subcommand("init", "Write a commented starter configuration");
  auto started = std::make_shared<InitOptions>();
  start->add_option("FILE", started->file, "where to ('-': standard output)")
      ->capture_default_str();
  start->add_flag("--force", started->force, "replace a file that is already there");
  start->callback([started, &action] { action = [started] { return init_config(*started); }; });

  auto* imagine = app.add_subcommand("simulate", "Play a timeline against your configuration");
  auto imagined = std::make_shared<SimulateOptions>();
  imagine->add_option("-c,--config", imagined->config, "the configuration file")->required();
  imagine->add_option("-s,--scenario", imagined->scenario, "the timeline (YAML)")->required();
  imagine->add_flag("--json", imagined->json, "one JSON object a line");
  imagine->callback([imagined, &action] { action = [imagined] { return simulate(*imagined); }; });

  auto* known = app.add_subcommand("profiles", "Profiles of devices: list, show one, check a file");
  auto profile = std::make_shared<ProfilesOptions>();
  known->add_option("ACTION", profile->action, "list, show NAME or check FILE")
      ->check(CLI::IsMember({"list", "show", "check"}).description(""))
      ->capture_default_str();
  known->add_option("NAME", profile->name, "the profile to show, or the file to check");
  known->callback([profile, &action] { action = [profile] { return profiles(*profile); }; });

  auto* conform = app.add_subcommand("conformance", "Run communication-failover scenario files");
  auto conformed = std::make_shared<ConformanceOptions>();
  conform->add_option("FILE", conformed->files, "scenario files")->required();
  conform->add_flag("-v,--verbose", conformed->verbose, "name the scenarios that pass, too");
  conform->callback(
      [conformed, &action] { action = [conformed] { return conformance(*conformed); }; });
}

void add_queries(CLI::App& app, Action& action) {
  auto* status = app.add_subcommand("status", "Devices, members, groups and plans right now");
  auto seen = std::make_shared<QueryOptions>();
  add_socket(status, seen->socket);
  status->add_flag("--json", seen->json, "the whole state as JSON");
  status->add_flag("-w,--watch", seen->follow, "again every second, until interrupted");
  status->callback([seen, &action] { action = [seen] { return show_status(*seen); }; });

  auto* devices = app.add_subcommand("devices", "How each device is reached; --why explains one");
  auto asked = std::make_shared<DeviceOptions>();
  add_socket(devices, asked->socket);
  devices->add_option("--why", asked->why, "why it is on its path, what would move it, when")
      ->type_name("DEVICE");
  devices->add_flag("--json", asked->json, "as JSON, with all status points");
  devices->callback([asked, &action] { action = [asked] { return show_devices(*asked); }; });

  auto* comms = app.add_subcommand("comms", "Comm devices: state, queue and counters");
  auto lines = std::make_shared<DeviceOptions>();
  add_socket(comms, lines->socket);
  comms->add_flag("--json", lines->json, "as JSON");
  comms->callback([lines, &action] { action = [lines] { return show_comms(*lines); }; });

  auto* events = app.add_subcommand("events", "What happened, oldest first");
  auto told = std::make_shared<QueryOptions>();
  add_socket(events, told->socket);
  events->add_flag("--json", told->json, "one JSON object a line");
  events->add_flag("-f,--follow", told->follow, "go on with what happens next");
  events->add_option("-n,--limit", told->limit, "how many of the newest (0: all that is kept)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  events->add_option("--kind", told->kind, "only this kind, e.g. path_changed");
  events->add_option("--subject", told->subject, "only this device or group");
  events->callback([told, &action] { action = [told] { return show_events(*told); }; });

  auto* plan = app.add_subcommand("plan", "What a group would shut down, in which order");
  auto planned = std::make_shared<PlanOptions>();
  add_socket(plan, planned->socket);
  plan->add_option("-c,--config", planned->config, "read a file instead of asking the daemon");
  plan->add_option("GROUP", planned->group, "the group's name")->required();
  plan->add_flag("--json", planned->json, "as JSON");
  plan->callback([planned, &action] { action = [planned] { return show_plan(*planned); }; });
}

void add_control(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("control", "Send a device a command, or write a variable");
  auto options = std::make_shared<ControlOptions>();
  auto expires = std::make_shared<std::string>();
  add_socket(command, options->socket);
  command->add_option("DEVICE", options->device, "its name")->required();
  command->add_option("ORDER", options->order, "COMMAND (test.battery.start) or VARIABLE=VALUE")
      ->required();
  command->add_option("VALUE", options->value, "a command's parameter");
  command->add_flag("--dry-run", options->dry_run, "say what would be sent over which path");
  command->add_option("--expires", *expires, "never send it later than this from now: 30s, 5m")
      ->type_name("DURATION")
      ->check(is_duration);
  command->add_flag("--no-wait", options->no_wait, "do not wait for what comes of it");
  command->add_flag("--json", options->json, "the outcome as JSON");
  command->callback([options, expires, &action] {
    if (!expires->empty()) options->expires = *parse_duration(*expires);
    action = [options] { return control(*options); };
  });

  auto* orders = app.add_subcommand("orders", "Orders to devices, and what came of each");
  auto listed = std::make_shared<OrdersOptions>();
  add_socket(orders, listed->socket);
  orders->add_flag("--all", listed->all, "from the journal: the last 10,000, over all restarts");
  orders->add_flag("--json", listed->json, "one JSON object a line");
  orders->callback([listed, &action] { action = [listed] { return show_orders(*listed); }; });
}

using Operate = int (*)(const OperateOptions&);

void add_operation(CLI::App& app, Action& action, const char* name, const char* help,
                   const char* target, Operate function, const char* duration_default) {
  auto* command = app.add_subcommand(name, help);
  auto options = std::make_shared<OperateOptions>();
  add_socket(command, options->socket);
  command->add_option(target, options->target, "its name")->required();
  auto text = std::make_shared<std::string>(duration_default != nullptr ? duration_default : "");
  if (duration_default != nullptr) {
    auto* option = command->add_option("--for", *text, "how long: 90s, 10m, 2h")
                       ->type_name("DURATION")
                       ->check(is_duration);
    if (text->empty()) option->required();
    option->capture_default_str();
  }
  if (function == select_path) {
    command->add_option("PATH", options->path, "primary, first, second, 1..8, or auto")->required();
  }
  if (function == set_comm) {
    command->add_option("STATE", options->path, "enable, disable or out-of-service")
        ->required()
        ->check(CLI::IsMember({"enable", "disable", "out-of-service"}).description(""));
  }
  if (function == maintain) {
    command->add_flag("--force", options->force, "even when the quorum needs this member");
  }
  command->callback([options, text, function, &action] {
    if (!text->empty()) options->for_how_long = *parse_duration(*text);
    action = [options, function] { return function(*options); };
  });
}

void add_operations(CLI::App& app, Action& action) {
  add_operation(app, action, "abort", "Stop a countdown, or the steps not yet started", "GROUP",
                abort_group, "10m");
  add_operation(app, action, "hold", "Keep a group from shutting down, until a time", "GROUP",
                hold_group, "");
  add_operation(app, action, "release", "End a hold now", "GROUP", release_group, nullptr);
  add_operation(app, action, "path", "Choose the path a device is polled over", "DEVICE",
                select_path, nullptr);
  add_operation(app, action, "comm", "Take a comm device out of use for all, or back", "COMM",
                set_comm, nullptr);
  add_operation(app, action, "freeze", "Keep a device on its path, until a time (0s: end)",
                "DEVICE", freeze, "");
  add_operation(app, action, "maintenance", "Take a UPS out of the count, until a time (0s: end)",
                "DEVICE", maintain, "");
}

void add_rest(CLI::App& app, Action& action) {
  auto* show = app.add_subcommand("demo", "A simulated rack, live: wires and feeds fail");
  auto shown = std::make_shared<DemoOptions>();
  show->add_flag("--fast", shown->fast, "in under 20 s; exits 1 when an expectation fails");
  show->add_flag("--keep", shown->keep, "leave the scratch directory and print its name");
  show->callback([shown, &action] { action = [shown] { return demo(*shown); }; });

  auto* print_version = app.add_subcommand("version", "Which Nightwatt this is");
  auto json = std::make_shared<bool>(false);
  print_version->add_flag("--json", *json, "as JSON");
  print_version->callback([json, &action] { action = [json] { return version(*json); }; });
}

// "nightwatt help", "nightwatt help COMMAND", "nightwatt --version": what people type first.
std::vector<std::string> usual_words(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.front() == "help") {
    words.erase(words.begin());
    words.resize(std::min<std::size_t>(words.size(), 1));
    words.emplace_back("--help");
  } else if (words.front() == "--version" || words.front() == "-V") {
    words = {"version"};
  }
  return words;
}

// False: the first word is no command, and standard error says which was meant.
bool known_command(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-')) return true;
  std::vector<std::string> names;
  for (const CLI::App* each : app.get_subcommands({})) names.push_back(each->get_name());
  if (std::ranges::find(names, word) != names.end()) return true;
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view near = config::nearest(word, views);
  fmt::print(stderr, "unknown command '{}'{}\nRun with --help for more information.\n", word,
             near.empty() ? "" : fmt::format(", did you mean '{}'?", near));
  return false;
}

// A script that asks for the status must not take a full disk for an empty answer.
int exit_code_after_output(int code) {
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written || code != exit_ok) return code;
  fmt::print(stderr, "error: the output could not be written: {}\n", std::strerror(errno));
  return exit_failed;
}

}  // namespace

int run_cli(int argc, char** argv) {
  CLI::App app{about, "nightwatt"};
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  app.get_formatter()->column_width(26);
  Action action;
  add_run(app, action);
  add_offline(app, action);
  add_queries(app, action);
  add_control(app, action);
  add_operations(app, action);
  add_rest(app, action);
  app.footer(closing);  // last: a subcommand would inherit it
  if (argc == 1) {
    std::fputs(app.help().c_str(), stdout);
    return exit_usage;
  }
  app.failure_message(CLI::FailureMessage::simple);
  std::vector<std::string> words = usual_words(argc, argv);
  if (!known_command(app, words.front())) return exit_usage;
  std::ranges::reverse(words);  // CLI11 takes them from the end
  try {
    app.parse(words);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? exit_ok : exit_usage;
  }
  return exit_code_after_output(action());
}

}  // namespace nightwatt::app
