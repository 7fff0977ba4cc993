#include "io/known_hosts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libssh/libssh.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <memory>
#include <mutex>
#include <string_view>

#include "io/file_text.h"

namespace nightwatt::io {
namespace {

constexpr std::size_t file_max = 8 * 1024 * 1024;  // bytes read of one file

struct FreeEntry {
  void operator()(ssh_knownhosts_entry* entry) const { ssh_knownhosts_entry_free(entry); }
};
using Entry = std::unique_ptr<ssh_knownhosts_entry, FreeEntry>;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  const std::size_t begin = line.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
}

bool take_marker(std::string_view& line, std::string_view marker) {
  if (!line.starts_with(marker)) return false;
  line.remove_prefix(marker.size());
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return true;
}

Entry parse(const std::string& name, std::string_view line) {
  ssh_knownhosts_entry* entry = nullptr;
  if (ssh_known_hosts_parse_line(name.c_str(), std::string(line).c_str(), &entry) != SSH_OK)
    return {};
  return Entry(entry);
}

}  // namespace

std::string known_hosts_name(const std::string& host, std::uint16_t port) {
  std::string lower = host;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return port == 22 ? lower : fmt::format("[{}]:{}", lower, port);
}

std::string fingerprint_of(ssh_key_struct* key) {
  unsigned char* hash = nullptr;
  std::size_t size = 0;
  if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != 0) return "?";
  char* text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
  ssh_clean_pubkey_hash(&hash);
  const std::string result = text != nullptr ? text : "?";
  ssh_string_free_char(text);
  return result;
}

std::string key_type_of(ssh_key_struct* key) {
  const auto type = ssh_key_type(key);
  if (type == SSH_KEYTYPE_ECDSA_P256 || type == SSH_KEYTYPE_ECDSA_P384 ||
      type == SSH_KEYTYPE_ECDSA_P521)
    return fmt::format("ecdsa-sha2-{}", ssh_pki_key_ecdsa_name(key) + sizeof("ecdsa-sha2-") - 1);
  const char* name = ssh_key_type_to_char(type);
  return name != nullptr ? name : "?";
}

std::vector<KnownKey> keys_of_host(const std::vector<std::string>& files, const std::string& name,
                                   ssh_key_struct* key) {
  std::vector<KnownKey> found;
  for (const std::string& file : files) {
    const auto text = read_small_file(file, file_max);
    if (!text) continue;
    std::string_view rest = *text;
    for (int number = 1; !rest.empty(); ++number) {
      std::string_view line = take_line(rest);
      const bool revoked = take_marker(line, "@revoked");
      if (line.empty() || line[0] == '#' || line[0] == '@') continue;
      const Entry entry = parse(name, line);
      if (!entry || entry->publickey == nullptr) continue;
      const bool same =
          key != nullptr && ssh_key_cmp(entry->publickey, key, SSH_KEY_CMP_PUBLIC) == 0;
      found.push_back({file, number, key_type_of(entry->publickey),
                       fingerprint_of(entry->publickey), revoked, same});
    }
  }
  return found;
}

HostKeyCheck judge_host_key(const std::vector<KnownKey>& known) {
  HostKeyCheck check;
  for (const KnownKey& line : known) {
    if (line.revoked && line.same) return {HostKeyVerdict::revoked, line};
    if (line.revoked) continue;
    if (line.same) {
      check = {HostKeyVerdict::known, line};
    } else if (check.verdict == HostKeyVerdict::unknown) {
      check = {HostKeyVerdict::changed, line};
    }
  }
  return check;
}

expected<void, Error> learn_host_key(const std::string& file, const std::string& name,
                                     ssh_key_struct* key) {
  static std::mutex one_at_a_time;  // of this process; others append whole lines too
  const std::lock_guard lock(one_at_a_time);
  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK)
    return fail(Errc::io_failed, file + ": the key cannot be written as text");
  std::string line = fmt::format("{} {} {}\n", name, key_type_of(key), base64);
  ssh_string_free_char(base64);

  Descriptor out(::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!out) return fail(Errc::io_failed, file + ": " + errno_text(errno));
  const off_t size = ::lseek(out.get(), 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(out.get(), &last, 1, size - 1) == 1 && last != '\n') line.insert(0, "\n");
  int error = write_all(out.get(), line);
  if (error == 0 && ::fsync(out.get()) != 0) error = errno;
  if (error != 0) {
    // Half a line would spoil the next one.
    static_cast<void>(::ftruncate(out.get(), std::max<off_t>(size, 0)));
    return fail(Errc::io_failed, file + ": " + errno_text(error));
  }
  return {};
}

}  // namespace nightwatt::io
