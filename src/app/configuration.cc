#include "app/configuration.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace nightwatt::app {
namespace {

constexpr std::size_t secret_bytes_max = 64 * 1024;
constexpr std::size_t profile_bytes_max = std::size_t{1} << 20;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::uint32_t permission_bits(const struct stat& found) {
  return static_cast<std::uint32_t>(found.st_mode & 07777);
}

std::optional<std::uint32_t> mode_of(const std::string& file_name) {
  struct stat found{};
  if (::stat(file_name.c_str(), &found) != 0) return std::nullopt;
  return permission_bits(found);
}

Error file_error(const std::string& file_name) {
  const Errc code = errno == ENOENT ? Errc::not_found : Errc::io_failed;
  return {.code = code, .what = fmt::format("{}: {}", file_name, std::strerror(errno))};
}

// A pipe without a writer would keep a running daemon waiting for ever.
bool is_pipe(const std::string& file_name) {
  struct stat found{};
  return ::stat(file_name.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
}

expected<void, Error> not_a_pipe(const std::string& file_name) {
  if (!is_pipe(file_name)) return {};
  return fail(Errc::io_failed, file_name + ": a pipe, where a file must be");
}

expected<std::string, Error> read_open_file(std::FILE* file, const std::string& file_name,
                                            std::size_t bytes_max) {
  std::string text;
  char chunk[16 * 1024];
  while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, file)) {
    text.append(chunk, got);
    if (text.size() > bytes_max) {
      return fail(Errc::limit_reached,
                  fmt::format("{}: larger than {} bytes", file_name, bytes_max));
    }
  }
  if (std::ferror(file) != 0) return unexpected<Error>(file_error(file_name));
  return text;
}

// The mode is that of the very file that was read, and a file whose mode is unknown is not private.
expected<config::SecretFile, Error> read_secret(const std::string& path) {
  if (auto fine = not_a_pipe(path); !fine) return unexpected<Error>(fine.error());
  const File file(std::fopen(path.c_str(), "re"));
  struct stat found{};
  if (!file || ::fstat(::fileno(file.get()), &found) != 0) {
    return unexpected<Error>(file_error(path));
  }
  auto text = read_open_file(file.get(), path, secret_bytes_max);
  if (!text) return unexpected<Error>(text.error());
  return config::SecretFile{.text = std::move(*text), .mode = permission_bits(found)};
}

config::Environment real_environment(const std::string& config_file) {
  config::Environment out;
  out.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  out.read_secret = read_secret;
  out.read_profile = [](const std::string& path) -> expected<std::string, Error> {
    if (auto fine = not_a_pipe(path); !fine) return unexpected<Error>(fine.error());
    return read_file(path, profile_bytes_max);
  };
  out.config_mode = mode_of(config_file);
  return out;
}

}  // namespace

expected<std::string, Error> read_file(const std::string& file_name, std::size_t bytes_max) {
  const File file(std::fopen(file_name.c_str(), "re"));
  if (!file) return unexpected<Error>(file_error(file_name));
  return read_open_file(file.get(), file_name, bytes_max);
}

expected<ConfigFile, Error> read_config_again(const std::string& file_name) {
  if (auto fine = not_a_pipe(file_name); !fine) return unexpected<Error>(fine.error());
  return read_config(file_name);
}

expected<ConfigFile, Error> read_config(const std::string& file_name) {
  auto text = read_file(file_name, config_bytes_max);
  if (!text) return unexpected<Error>(text.error());
  ConfigFile out{.name = file_name, .text = std::move(*text), .loaded = {}};
  out.loaded = config::load(file_name, out.text, real_environment(file_name));
  return out;
}

std::optional<config::Config> config_or_complain(const std::string& file_name, bool quiet) {
  auto file = read_config(file_name);
  if (!file) {
    fmt::print(stderr, "error: configuration {}\n", file.error().what);
    if (file.error().code == Errc::not_found) {
      fmt::print(stderr, "  hint: write a starter with: nightwatt init {}\n", file_name);
    }
    return std::nullopt;
  }
  config::Diagnostics& found = file->loaded.diagnostics;
  found.sort();
  if (!quiet || !found.ok()) {
    fmt::print(stderr, "{}", config::render(found, file->name, file->text));
  }
  if (!found.ok()) {
    fmt::print(stderr, "{}: {} error{}: nothing of it is used\n", file_name, found.errors(),
               found.errors() == 1 ? "" : "s");
    return std::nullopt;
  }
  return std::move(file->loaded.config);
}

}  // namespace nightwatt::app
