#include "config/secret.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/limits.h"

namespace nightwatt::config {
namespace {

constexpr std::uint32_t others_may_read = 04;

bool usable(const std::string& secret) {
  return !secret.empty() && secret.size() <= secret_bytes_max &&
         std::ranges::none_of(
             secret, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// The name in "${NAME}" or "${env:NAME}", "" when it is neither.
std::string reference(const std::string& text) {
  if (!text.starts_with("${") || !text.ends_with('}')) return {};
  std::string name = text.substr(2, text.size() - 3);
  if (name.starts_with("env:")) name.erase(0, 4);
  return name;
}

bool from_environment(Section& section, const Draft& draft, std::string_view key,
                      const std::string& name, std::string& into) {
  const SourcePos pos = section.pos_of(key);
  const auto value = draft.environment.variable ? draft.environment.variable(name) : std::nullopt;
  if (!value) {
    section.out().error(
        pos, fmt::format("{}: the environment has no variable '{}'", section.path(key), name),
        "systemd: Environment= or EnvironmentFile= of the unit");
    return false;
  }
  if (!usable(*value)) {
    section.out().error(pos, fmt::format("{}: the value of '{}' is empty, too long or not one line",
                                         section.path(key), name));
    return false;
  }
  into = *value;
  return true;
}

bool from_file(Section& section, const Draft& draft, std::string_view key,
               const std::string& written, std::string& into) {
  const SourcePos pos = section.pos_of(key);
  const std::string name(key);
  std::string path = written;
  const auto folder = draft.file_name.rfind('/');
  if (!path.starts_with('/') && folder != std::string_view::npos) {
    path = std::string(draft.file_name.substr(0, folder + 1)) + path;
  }
  if (!draft.environment.read_secret) {
    section.out().error(pos, name + " '" + path + "' cannot be read here");
    return false;
  }
  auto file = draft.environment.read_secret(path);
  if (!file) {
    section.out().error(pos, name + " '" + path + "': " + file.error().what);
    return false;
  }
  if ((file->mode & others_may_read) != 0) {
    section.out().error(pos,
                        fmt::format("{} '{}' can be read by everybody (mode {:04o})", key, path,
                                    file->mode & 07777u),
                        "chmod 600 '" + path + "'");
    return false;
  }
  while (file->text.ends_with('\n') || file->text.ends_with('\r')) file->text.pop_back();
  if (!usable(file->text)) {
    section.out().error(pos, name + " '" + path + "' is empty, too long or not one line");
    return false;
  }
  into = std::move(file->text);
  return true;
}

}  // namespace

void check_inline_secret(const Draft& draft, SourcePos pos, const std::string& path) {
  const auto mode = draft.environment.config_mode;
  if (!mode || (*mode & others_may_read) == 0) return;
  draft.out.error(pos,
                  fmt::format("{} is a secret in a file that everybody can read (mode {:04o})",
                              path, *mode & 07777u),
                  "chmod 600 the file, or use " + path.substr(path.rfind('.') + 1) + "_file");
}

bool read_secret(Section& section, const Draft& draft, const SecretKeys& keys, std::string& into) {
  std::string file, variable, inline_text;
  const bool has_file = section.text(keys.file, file);
  const bool has_variable = section.text(keys.env, variable);
  const bool has_inline = section.text(keys.text, inline_text);
  if (has_file + has_variable + has_inline > 1) {
    section.out().error(section.pos_of(has_inline ? keys.text : keys.env),
                        fmt::format("{} has more than one {}", section.label(), keys.text),
                        fmt::format("write one of {}, {} and {}", keys.file, keys.env, keys.text));
    return false;
  }
  if (has_file) return from_file(section, draft, keys.file, file, into);
  if (has_variable) return from_environment(section, draft, keys.env, variable, into);
  if (!has_inline) return false;
  const std::string name = reference(inline_text);
  if (!name.empty()) return from_environment(section, draft, keys.text, name, into);
  const SourcePos pos = section.pos_of(keys.text);
  check_inline_secret(draft, pos, section.path(keys.text));
  if (!usable(inline_text)) {
    section.out().error(pos, section.path(keys.text) + " is too long or not one line");
    return false;
  }
  into = std::move(inline_text);
  return true;
}

bool read_password(Section& section, const Draft& draft, std::string& into) {
  constexpr SecretKeys keys{"password", "password_file", "password_env"};
  return read_secret(section, draft, keys, into);
}

}  // namespace nightwatt::config
