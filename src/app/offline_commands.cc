// validate, init, version: what needs no daemon.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "app/commands.h"
#include "app/configuration.h"
#include "version_info.h"

namespace nightwatt::app {

int validate(const ValidateOptions& options) {
  const auto config = config_or_complain(options.config, options.quiet);
  if (!config) return exit_usage;
  if (options.quiet) return exit_ok;
  fmt::print("{}Configuration is valid.\n", config::summary(*config));
  return exit_ok;
}

int init_config(const InitOptions& options) {
  const std::string_view text = config::starter();
  if (options.file == "-") {
    fmt::print("{}", text);
    return exit_ok;
  }
  const int how = O_WRONLY | O_CREAT | O_CLOEXEC | (options.force ? O_TRUNC : O_EXCL);
  const int file = ::open(options.file.c_str(), how, 0640);
  if (file < 0) {
    fmt::print(stderr, "error: {}: {}\n", options.file, std::strerror(errno));
    if (errno == EEXIST) fmt::print(stderr, "  hint: --force replaces it\n");
    return exit_failed;
  }
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!written || ::close(file) != 0) {
    fmt::print(stderr, "error: {}: {}\n", options.file, std::strerror(errno));
    return exit_failed;
  }
  fmt::print("wrote {}. Edit it, then: nightwatt validate --config {}\n", options.file,
             options.file);
  return exit_ok;
}

int version(bool json) {
  if (json) {
    fmt::print("{{\"name\":\"nightwatt\",\"version\":\"{}\",\"commit\":\"{}\"}}\n",
               version_info::number, version_info::commit);
  } else {
    fmt::print("nightwatt {} ({})\n", version_info::number, version_info::commit);
  }
  return exit_ok;
}

}  // namespace nightwatt::app
