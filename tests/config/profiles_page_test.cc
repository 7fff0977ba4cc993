#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/profiles/profile_file.h"
#include "tests/config/support.h"
#include "tests_places.h"

// docs/PROFILES.md is held to what it teaches.
namespace nightwatt::config::test {
namespace {

std::string page() {
  std::ifstream file(NIGHTWATT_SOURCE_DIR "/docs/PROFILES.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> yaml_blocks() {
  std::vector<std::string> out;
  const std::string text = page();
  constexpr std::string_view fence = "```yaml\n";
  for (auto at = text.find(fence); at != std::string::npos; at = text.find(fence, at)) {
    at += fence.size();
    out.push_back(text.substr(at, text.find("```\n", at) - at));
  }
  return out;
}

TEST(ProfilesPage, TheWorkedExampleLoadsWithoutAProblem) {
  const auto blocks = yaml_blocks();
  ASSERT_EQ(blocks.size(), 2u) << "the profile, and the configuration that uses it";
  std::vector<std::string> others;
  VariableNames names(others);
  const LoadedProfile loaded = load_profile(blocks[0], names);
  EXPECT_EQ(render(loaded.diagnostics, "acme-ups.yaml", blocks[0]), "");
  World world;
  world.profiles["acme-ups.yaml"] = blocks[0];
  const Config config = good(blocks[1], world);
  ASSERT_NE(config.plans.at(DeviceId{0}, primary), nullptr);
  EXPECT_EQ(config.plans.at(DeviceId{0}, primary)->profile.name, "acme-ups");
  EXPECT_NE(page().find("needs 1 message."), std::string::npos);
  EXPECT_EQ(core::messages_of(device(config, "UPS-A"), 0, primary), 1);
}

TEST(ProfilesPage, TheTableOfReadingsIsTrue) {
  const auto blocks = yaml_blocks();
  std::vector<std::string> others;
  VariableNames names(others);
  const LoadedProfile loaded = load_profile(blocks.at(0), names);
  ASSERT_TRUE(loaded.profile);
  int rows = 0;
  std::istringstream lines(page());
  for (std::string line; std::getline(lines, line);) {
    double raw[4];
    char words[32] = "";
    if (std::sscanf(line.c_str(), "| %lf | %lf | %lf | %lf | %31[A-Z ]", &raw[0], &raw[1], &raw[2],
                    &raw[3], words) != 5) {
      continue;
    }
    ++rows;
    Reading reading;
    for (const profile::Item& item : loaded.profile->items) {
      const auto address = std::get<profile::ModbusSource>(item.source).address;
      if (address < 4) profile::take(item, raw[address], reading);
    }
    EXPECT_EQ(reading.status, parse_status(words)) << line;
    const auto number = [&](Variable variable, const char* name) {
      const auto value = reading.values.get(variable);
      const auto at = line.find(name);
      ASSERT_EQ(value.has_value(), at != std::string::npos) << line << name;
      if (value) {
        EXPECT_FLOAT_EQ(std::stof(line.substr(at + std::string_view(name).size())),
                        static_cast<float>(*value))
            << line;
      }
    };
    number(Variable::battery_charge, "charge ");
    number(Variable::battery_runtime, "runtime ");
    number(Variable::ups_load, "load ");
  }
  EXPECT_EQ(rows, 3);
}

TEST(ProfilesPage, NamesEachKey) {
  const std::string text = page();
  for (const char* key : {"profile",       "title",       "protocol",   "variables",
                          "commands",      "writes",      "presence",   "variable",
                          "scale",         "offset",      "absent",     "values",
                          "bits",          "flags",       "group",      "holding",
                          "input",         "coil",        "discrete",   "register",
                          "type",          "bit",         "word_order", "byte_order",
                          "oid",           "topic",       "pointer",    "acknowledged_on",
                          "command",       "write",       "value",      "range",
                          "steps",         "policy",      "verify",     "offline",
                          "profile_files", "profiles_dir"}) {
    EXPECT_NE(text.find("`" + std::string(key) + "`"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace nightwatt::config::test
