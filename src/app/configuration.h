#pragma once

#include <string>

#include "base/error.h"
#include "config/config.h"

// Brings a configuration file in from the disk and the environment: the impure half of config/.
namespace nightwatt::app {

struct ConfigFile {
  std::string name;
  std::string text;
  config::Loaded loaded;
};

inline constexpr std::size_t config_bytes_max = 64u * 1024 * 1024;

// An error when the file itself cannot be read. What is wrong inside stands in loaded.diagnostics.
expected<ConfigFile, Error> read_config(const std::string& file_name);
// The same for a reload: a pipe is an error, since a daemon waits for nobody.
expected<ConfigFile, Error> read_config_again(const std::string& file_name);

// Reads a whole file, at most `bytes_max`.
expected<std::string, Error> read_file(const std::string& file_name, std::size_t bytes_max);

// read_config for a command: prints problems (and, unless quiet, warnings) to standard error.
// Nothing: the configuration is refused and the command ends with exit_usage.
std::optional<config::Config> config_or_complain(const std::string& file_name, bool quiet = false);

}  // namespace nightwatt::app
