#include "app/configuration.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

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

Error file_error(const std::string& file_name) {
  const Errc code = errno == ENOENT ? Errc::not_found : Errc::io_failed;
  return {.code = code, .what = fmt::format("{}: {}", file_name, std::strerror(errno))};
}

// A pipe without a writer would keep a running daemon waiting for ever.
enum class Pipes : std::uint8_t { taken, refused };

struct Contents {
  std::string text{};
  std::uint32_t mode = 0;  // of the very file that was read: another may have its name by now
};

expected<Contents, Error> contents_of(const std::string& file_name, std::size_t bytes_max,
                                      Pipes pipes) {
  // Opened so, a pipe does not wait for its writer; a file does not care.
  const int at_once = pipes == Pipes::refused ? O_NONBLOCK : 0;
  const int descriptor = ::open(file_name.c_str(), O_RDONLY | O_CLOEXEC | at_once);
  if (descriptor < 0) return unexpected<Error>(file_error(file_name));
  const File file(::fdopen(descriptor, "r"));
  struct stat found{};
  if (!file || ::fstat(descriptor, &found) != 0) {
    const Error error = file_error(file_name);
    if (!file) ::close(descriptor);
    return unexpected<Error>(error);
  }
  if (pipes == Pipes::refused && S_ISFIFO(found.st_mode)) {
    return fail(Errc::io_failed, file_name + ": a pipe, where a file must be");
  }
  Contents out{.text = {}, .mode = static_cast<std::uint32_t>(found.st_mode & 07777)};
  char chunk[16 * 1024];
  while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, file.get())) {
    out.text.append(chunk, got);
    if (out.text.size() > bytes_max) {
      return fail(Errc::limit_reached,
                  fmt::format("{}: larger than {} bytes", file_name, bytes_max));
    }
  }
  if (std::ferror(file.get()) != 0) return unexpected<Error>(file_error(file_name));
  return out;
}

expected<config::SecretFile, Error> read_secret(const std::string& path) {
  auto found = contents_of(path, secret_bytes_max, Pipes::refused);
  if (!found) return unexpected<Error>(found.error());
  return config::SecretFile{.text = std::move(found->text), .mode = found->mode};
}

expected<std::string, Error> read_profile(const std::string& path) {
  auto found = contents_of(path, profile_bytes_max, Pipes::refused);
  if (!found) return unexpected<Error>(found.error());
  return std::move(found->text);
}

config::Environment real_environment(std::uint32_t config_mode) {
  config::Environment out;
  out.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  out.read_secret = read_secret;
  out.read_profile = read_profile;
  out.config_mode = config_mode;
  return out;
}

expected<ConfigFile, Error> read_config_file(const std::string& file_name, Pipes pipes) {
  auto found = contents_of(file_name, config_bytes_max, pipes);
  if (!found) return unexpected<Error>(found.error());
  ConfigFile out{.name = file_name, .text = std::move(found->text), .loaded = {}};
  out.loaded = config::load(file_name, out.text, real_environment(found->mode));
  return out;
}

}  // namespace

expected<std::string, Error> read_file(const std::string& file_name, std::size_t bytes_max) {
  auto found = contents_of(file_name, bytes_max, Pipes::taken);
  if (!found) return unexpected<Error>(found.error());
  return std::move(found->text);
}

expected<ConfigFile, Error> read_config_again(const std::string& file_name) {
  return read_config_file(file_name, Pipes::refused);
}

expected<ConfigFile, Error> read_config(const std::string& file_name) {
  return read_config_file(file_name, Pipes::taken);
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
