#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/config/support.h"
#include "tests_places.h"

// Everything that we tell people to write loads: the starter, the examples, each fenced block of
// docs/CONFIG.md; and Eneru's own examples, when they are at hand.
namespace nightwatt::config::test {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> fenced_blocks(const std::string& markdown) {
  std::vector<std::string> blocks;
  const std::string open = "```yaml\n";
  for (auto at = markdown.find(open); at != std::string::npos; at = markdown.find(open, at)) {
    at += open.size();
    const auto end = markdown.find("```", at);
    blocks.push_back(markdown.substr(at, end - at));
    at = end;
  }
  return blocks;
}

const fs::path docs = fs::path(NIGHTWATT_SOURCE_DIR) / "docs";

TEST(Examples, TheStarterLoadsWithoutARemarkAndIsADryRun) {
  EXPECT_EQ(problems(starter()), "");
  const Config config = good(starter());
  EXPECT_THAT(warnings(config), testing::IsEmpty());
  EXPECT_THAT(config.notes, testing::IsEmpty());
  EXPECT_TRUE(config.dry_run);
  const core::GroupRule& rack = group(config, "rack-1");
  EXPECT_EQ(rack.quorum.unknown_counts_as, UnknownCounts::evidence);
  EXPECT_TRUE(rack.quorum.blind_shutdown_after.has_value());
  EXPECT_EQ(rack.plan.stray_flag, core::StrayFlag::replace);
  for (const core::StepRule& each : rack.plan.steps) EXPECT_TRUE(each.dry_run);
}

TEST(Examples, EveryFileOfDocsExamples) {
  auto files = yaml_files(docs / "examples");
  // Timelines of `nightwatt simulate` are no configurations; tests/app plays them.
  std::erase_if(files, [](const auto& file) {
    return std::string(file.filename()).starts_with("scenario-");
  });
  EXPECT_GE(files.size(), 3u);
  for (const auto& file : files) EXPECT_EQ(problems(read(file)), "") << file;
}

TEST(Examples, EveryBlockOfTheReference) {
  const auto blocks = fenced_blocks(read(docs / "CONFIG.md"));
  EXPECT_GE(blocks.size(), 3u);
  for (const std::string& block : blocks) EXPECT_EQ(problems(block), "") << block;
}

// Each may be refused only for asking for what is not part of this version.
TEST(Examples, EnerusOwn) {
  const char* folder = std::getenv("NIGHTWATT_ENERU_CONFIGS");
  if (folder == nullptr)
    GTEST_SKIP() << "NIGHTWATT_ENERU_CONFIGS names no folder with Eneru's example files";
  const auto files = yaml_files(folder);
  EXPECT_FALSE(files.empty());
  for (const auto& file : files) {
    const Loaded loaded = load_text(read(file));
    for (const Diagnostic& each : loaded.diagnostics.list()) {
      if (each.severity != Severity::error) continue;
      EXPECT_THAT(each.message, testing::HasSubstr("is not part of this version")) << file;
    }
  }
}

TEST(Examples, ALargeSiteLoads) {
  const Config config = good(large_site(10'000));
  EXPECT_EQ(config.site.devices.size(), 10'000u);
  EXPECT_EQ(config.site.groups.size(), 5'000u);
  EXPECT_EQ(config.site.comms.size(), 1'000u);
  EXPECT_GT(summary(config).size(), 1'000'000u);
}

}  // namespace
}  // namespace nightwatt::config::test
