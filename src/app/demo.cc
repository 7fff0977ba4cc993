#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "app/commands.h"
#include "app/demo_process.h"
#include "app/demo_screen.h"
#include "app/demo_stage.h"
#include "app/demo_story.h"
#include "rack/rack.h"

namespace nightwatt::app {
namespace {

constexpr std::size_t log_lines = 12;
constexpr int exit_signalled = 128;  // plus the signal's number, as shells have it

rack::RackSettings rack_settings() {
  rack::RackSettings out;
  out.ups.runtime_full_s = 1'800;
  return out;
}

int complain(const std::string& what, const std::string& log_file) {
  std::fflush(stdout);
  fmt::print(stderr, "error: {}\n", what);
  const std::string log = last_lines(log_file, log_lines);
  if (!log.empty()) fmt::print(stderr, "  the end of its log:\n{}\n", log);
  return exit_failed;
}

void say_goodbye(Screen& screen, const Stage& stage) {
  const Painter& paint = screen.paint();
  const std::string counted =
      fmt::format("{} of {} expectations met in {:.1f} s", stage.checks() - stage.failures(),
                  stage.checks(), stage.seconds());
  screen.leave_panel();
  screen.print("");
  if (stage.failures() > 0) {
    screen.print(paint(Colour::red, "FAILED: " + counted + "; the story stops here."));
    return;
  }
  screen.print(paint(Colour::green, counted + "."));
  screen.print(
      "Next, with your own UPSes:\n"
      "  nightwatt init FILE               a commented configuration to start from\n"
      "  nightwatt validate --config FILE  what it means, and every problem in it\n"
      "  nightwatt run --config FILE       the daemon; then: nightwatt status --watch\n"
      "  docs/CONFIG.md, docs/SAFETY.md    every key; what it promises, and why");
}

}  // namespace

int demo(const DemoOptions& options) {
  const Interrupt interrupt;
  auto scratch = ScratchDir::make(options.keep);
  if (!scratch) return complain(scratch.error().what, {});
  rack::RackThread rack(rack_settings());
  const Pace pace = options.fast ? fast_pace() : narrated_pace();
  const DaemonChild::Files files{.config = scratch->file("config.yaml"),
                                 .state_dir = scratch->file("state"),
                                 .socket = scratch->file("nightwatt.sock"),
                                 .log = scratch->file("daemon.log")};
  std::ofstream config(files.config);
  std::error_code unreadable_by_others;  // it holds the rack's SNMP community
  std::filesystem::permissions(
      files.config, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
      unreadable_by_others);
  config << demo_config(rack, pace);
  config.close();
  if (!config || unreadable_by_others) return complain(files.config + ": cannot be written", {});
  auto daemon = DaemonChild::start(files);
  if (!daemon) return complain(daemon.error().what, {});

  Screen screen(stdout);
  Stage stage(screen, rack, *daemon, files.socket, pace);
  play_story(stage);
  if (Interrupt::signal() != 0) {
    screen.drop_panel();
    screen.print("stopped: the daemon and the rack go, too");
    if (options.keep) screen.print("kept: " + scratch->path());
    return exit_signalled + Interrupt::signal();
  }
  if (!stage.trouble().empty()) return complain(stage.trouble(), files.log);
  if (screen.broken()) return exit_failed;
  say_goodbye(screen, stage);
  if (options.keep) screen.print("kept: " + scratch->path());
  return stage.failures() == 0 ? exit_ok : exit_failed;
}

}  // namespace nightwatt::app
