// The documents' examples are run: what README.md, docs/CLI.md and docs/API.md show is what the
// program does. NIGHTWATT_DOCS_SHOW=1 prints what each command really wrote.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <set>

#include "model/effect.h"
#include "rack/rack.h"
#include "tests/process/daemon_process.h"
#include "tests/process/document.h"
#include "tests_places.h"

namespace nightwatt::process {
namespace {

namespace fs = std::filesystem;

// The rack that the examples of the documents are about.
constexpr std::string_view example_groups = R"yaml(
redundancy_groups:
  - name: rack-1
    ups_sources: [UPS-A, UPS-B]
    unknown_counts_as: evidence
    blind_shutdown_after: 30m
    confirm_for: 5s
    stray_flag: replace
    dry_run: true
    remote_servers:
      - {name: Compute 1, enabled: true, host: 192.0.2.21, user: root, shutdown_order: 1,
         shutdown_command: shutdown -h now}
      - {name: Storage, enabled: true, host: 192.0.2.30, user: root, shutdown_order: 2,
         shutdown_command: shutdown -h now}
local_shutdown: {enabled: false}
)yaml";

class Docs : public testing::Test {
 protected:
  void SetUp() override {
    const fs::path here = folder_.path();
    fs::create_directory(here / "bin");
    fs::create_symlink(program(), here / "bin" / "nightwatt");
    fs::create_directory(here / "cwd");
    for (const char* name : {"docs", "tests"}) {
      fs::create_symlink(fs::path(NIGHTWATT_SOURCE_DIR) / name, here / "cwd" / name);
    }
  }

  // A daemon that watches the simulated rack, with everything well.
  void begin() {
    rack_ = std::make_unique<rack::RackThread>();
    daemon_ = std::make_unique<DaemonProcess>();
    std::string yaml = "comm_devices:\n";
    for (const char feed : {'a', 'b'}) {
      for (const int line : {1, 2}) {
        yaml += fmt::format("  - {{id: nut-{}{}, driver: nut, host: 127.0.0.1, port: {}}}\n", feed,
                            line,
                            rack_->port(feed == 'a' ? rack::Feed::a : rack::Feed::b,
                                        line == 1 ? rack::Line::first : rack::Line::second));
      }
    }
    yaml += "ups:\n";
    for (const char feed : {'a', 'b'}) {
      yaml += fmt::format(
          "  - name: UPS-{}\n    check_interval: 0.2\n    paths:\n"
          "      - {{comm: nut-{}1, unit: ups1, initial_fail: 5s}}\n"
          "      - {{comm: nut-{}2, unit: ups1, retry_primary: 5m}}\n",
          feed == 'a' ? 'A' : 'B', feed, feed);
    }
    daemon_->write_config(yaml + std::string(example_groups));
    ASSERT_TRUE(daemon_->start()) << daemon_->log();
    ASSERT_TRUE(wait_until([this] { return daemon_->group("rack-1")["verdict"] == "protected"; }))
        << daemon_->log();
  }

  Finished play(const std::string& command) {
    const std::string where = folder_.path();
    const std::string socket = daemon_ ? daemon_->file("sock") : where + "/none";
    return shell("cd '" + where + "/cwd' && export PATH='" + where +
                 "/bin':\"$PATH\" NIGHTWATT_SOCKET='" + socket + "' && exec 2>&1\n" + command);
  }

  // Plays the console blocks of a document that carry this word.
  void play_blocks(const std::string& name, const std::string& word) {
    int played = 0;
    for (const FencedBlock& block : fenced_blocks(read_document(name))) {
      if (block.info != "console " + word) continue;
      for (const ConsoleStep& step : console_steps(block)) {
        const Finished got = play(step.command);
        if (::getenv("NIGHTWATT_DOCS_SHOW") != nullptr) {
          fmt::print("$ {}\n{}[{}]\n", step.command, got.out, got.code);
        }
        EXPECT_TRUE(shows(step.output, got.out))
            << name << ":" << step.line << ": $ " << step.command << "\nshown:\n"
            << step.output << "real:\n"
            << got.out;
        EXPECT_EQ(got.code, step.code) << name << ":" << step.line << ": $ " << step.command;
        ++played;
      }
    }
    EXPECT_GT(played, 0) << name << " has no '" << word << "' block any more";
  }

  peers::TempDir folder_;
  std::unique_ptr<rack::RackThread> rack_;
  std::unique_ptr<DaemonProcess> daemon_;
};

// Every key that one of them has and the other has not; arrays by all their elements together.
void compare_keys(const Json& shown, const Json& real, const std::string& where) {
  if (shown.is_object() && real.is_object()) {
    for (const auto& [key, value] : shown.items()) {
      EXPECT_TRUE(real.contains(key)) << where << "." << key << " is documented and not there";
      if (real.contains(key)) compare_keys(value, real[key], where + "." + key);
    }
    for (const auto& [key, value] : real.items()) {
      EXPECT_TRUE(shown.contains(key)) << where << "." << key << " is there and not documented";
    }
    return;
  }
  if (shown.is_array() && real.is_array()) {
    if (!shown.empty()) {
      for (const Json& element : real) compare_keys(shown.front(), element, where + "[]");
    }
    return;
  }
  const bool either_null = shown.is_null() || real.is_null();
  EXPECT_TRUE(either_null || shown.type() == real.type() || (shown.is_number() && real.is_number()))
      << where << ": documented as " << shown.dump() << ", really " << real.dump();
}

TEST_F(Docs, TheReadmesCommandsPrintWhatItShows) { play_blocks("README.md", "runnable"); }

TEST_F(Docs, TheCommandLinesExamplesPrintWhatTheyShow) { play_blocks("docs/CLI.md", "runnable"); }

TEST_F(Docs, TheExamplesThatAskADaemonPrintWhatTheyShow) {
  ASSERT_NO_FATAL_FAILURE(begin());
  play_blocks("docs/CLI.md", "daemon");
}

TEST_F(Docs, EveryCommandAndOptionHasItsPlaceInTheReference) {
  const std::string reference = read_document("docs/CLI.md");
  const std::string page = read_document("docs/man/nightwatt.1");
  std::istringstream help(run({"--help"}).out);
  int commands = 0;
  bool inside = false;
  for (std::string line; std::getline(help, line);) {
    if (line == "Subcommands:") inside = true;
    if (!inside || !line.starts_with("  ") || line.size() < 4 || line[2] == ' ') continue;
    const std::string command = line.substr(2, line.find(' ', 2) - 2);
    const std::string about = section(reference, "## nightwatt " + command);
    EXPECT_FALSE(about.empty()) << "docs/CLI.md has no section on nightwatt " << command;
    EXPECT_NE(page.find(".B " + command), std::string::npos) << "the man page lacks " << command;
    const std::string options = run({command, "--help"}).out;
    for (auto at = options.find("--"); at != std::string::npos; at = options.find("--", at + 2)) {
      const std::string option =
          options.substr(at, options.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at) - at);
      if (option.size() < 4 || option == "--help" || command.empty()) continue;
      EXPECT_NE(about.find("`" + option), std::string::npos)
          << "docs/CLI.md, nightwatt " << command << ": " << option << " is missing";
    }
    ++commands;
  }
  EXPECT_GE(commands, 15);
}

TEST_F(Docs, TheShapesOfTheApiAreThoseOfALiveDaemon) {
  ASSERT_NO_FATAL_FAILURE(begin());
  int compared = 0;
  for (const FencedBlock& block : fenced_blocks(read_document("docs/API.md"))) {
    constexpr std::string_view get = "json GET ";
    if (!block.info.starts_with(get)) continue;
    const std::string target = block.info.substr(get.size());
    const Json shown = Json::parse(block.text, nullptr, false);
    ASSERT_FALSE(shown.is_discarded()) << "docs/API.md:" << block.line << " is not JSON";
    const Finished got =
        play("curl -sS --unix-socket \"$NIGHTWATT_SOCKET\" 'http://localhost" + target + "'");
    const Json real = Json::parse(got.out, nullptr, false);
    ASSERT_FALSE(real.is_discarded()) << got.out;
    compare_keys(shown, real, target);
    ++compared;
  }
  EXPECT_GE(compared, 4);
}

TEST_F(Docs, EveryKindOfEventIsListedAndNoOther) {
  const auto cells = first_cells(section(read_document("docs/API.md"), "## Kinds of events"));
  const std::set<std::string> listed(cells.begin(), cells.end());
  std::set<std::string> real;
  for (int i = 0; i <= static_cast<int>(NoticeKind::daemon); ++i) {
    real.emplace(to_string(static_cast<NoticeKind>(i)));
  }
  EXPECT_EQ(listed, real);
}

TEST(DocsReader, ThreeDotsStandForAnything) {
  EXPECT_TRUE(shows("a ... c\n", "a b c\n"));
  EXPECT_TRUE(shows("first\n...\nlast\n", "first\nx\ny\nlast\n"));
  EXPECT_TRUE(shows("first\n...\n", "first\n"));
  EXPECT_FALSE(shows("a ... c\n", "a b d\n"));
  EXPECT_FALSE(shows("first\n", "first\nsecond\n"));
  EXPECT_FALSE(shows("first\nsecond\n", "first\n"));
}

}  // namespace
}  // namespace nightwatt::process
