#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

// What the tests of config/ share: a world made of values, and a file called "site.yaml".
namespace nightwatt::config::test {

// Environment variables and files as maps; nothing else exists.
struct World {
  std::map<std::string, std::string> variables{};
  std::map<std::string, SecretFile> files{};
  std::map<std::string, std::string> profiles{};  // by path
  std::optional<std::uint32_t> config_mode = 0600;

  Environment environment() const;
};

Loaded load_text(std::string_view text, const World& world = {});
// Every diagnostic as people see it; "" when there is none.
std::string problems(std::string_view text, const World& world = {});
// Messages of errors only, one a line, without place and hint.
std::string errors(std::string_view text, const World& world = {});
// REQUIRES: the text has no errors (else the test fails with them, and an empty Config is
// returned).
Config good(std::string_view text, const World& world = {});

// A device or group of a site by name; fails the test when it does not exist.
const core::DeviceRule& device(const Config& config, std::string_view name);
const core::GroupRule& group(const Config& config, std::string_view name);
const core::StepRule& step(const core::GroupRule& group, std::string_view id);

// `count` UPSes with two paths each over 1,000 comm devices, every two of them a redundancy group
// with one remote server.
std::string large_site(int count);

}  // namespace nightwatt::config::test
