#include <fmt/format.h>

#include "config/address.h"
#include "config/duration.h"
#include "config/remote.h"

namespace nightwatt::config {
namespace {

// "-o X=Y" as one item or as two, "-oX=Y", a bare "X=Y", "-p 22", "-p22": all become words here.
std::vector<Located<std::string>> words_of(const std::vector<Located<std::string>>& items) {
  std::vector<Located<std::string>> words;
  for (const auto& item : items) {
    std::string_view rest = item.value;
    while (!rest.empty()) {
      const auto begin = rest.find_first_not_of(" \t");
      if (begin == std::string_view::npos) break;
      rest.remove_prefix(begin);
      const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
      rest.remove_prefix(word.size());
      const bool joined = word.size() > 2 && (word.starts_with("-o") || word.starts_with("-p") ||
                                              word.starts_with("-i"));
      words.push_back({std::string(word.substr(0, joined ? 2 : word.size())), item.pos});
      if (joined) words.push_back({std::string(word.substr(2)), item.pos});
    }
  }
  return words;
}

class SshOptions {
 public:
  SshOptions(Section& server, RemoteAction& action) : server_(server), action_(action) {}

  void apply(const Located<std::string>& word, const std::string& name, const std::string& value) {
    pos_ = word.pos;
    const std::string key = lower_case(name);
    if (key == "port") return port(value);
    if (key == "stricthostkeychecking") return host_key(value);
    if (key == "userknownhostsfile")
      return file("known_hosts_file", action_.known_hosts_file, value);
    if (key == "identityfile") return file("ssh_key_path", action_.key_file, value);
    if (key == "connecttimeout") return connect_timeout(value);
    if (key == "batchmode" && value == "yes") return;  // we never ask anybody anything
    unknown(name + "=" + value);
  }
  void unknown(const std::string& option, SourcePos pos) {
    pos_ = pos;
    unknown(option);
  }

 private:
  void unknown(const std::string& option) {
    server_.out().error(
        pos_, fmt::format("ssh option '{}' has no meaning here", option),
        "understood: Port, StrictHostKeyChecking, UserKnownHostsFile, IdentityFile, "
        "ConnectTimeout, BatchMode=yes");
  }
  bool also_as_key(std::string_view key) {
    if (!server_.has(key)) return false;
    server_.out().error(pos_,
                        fmt::format("{} and this ssh option say the same thing", server_.path(key)),
                        "keep one of them");
    return true;
  }
  void port(const std::string& value) {
    if (also_as_key("port") || also_as_key("ssh_port")) return;
    const auto number = parse_number(value);
    if (!number || *number < 1 || *number > 65535 || *number != static_cast<int>(*number)) {
      server_.out().error(pos_, "the port must be a number from 1 to 65535, got '" + value + "'");
      return;
    }
    action_.port = static_cast<std::uint16_t>(*number);
  }
  void host_key(const std::string& value) {
    if (also_as_key("host_key_policy")) return;
    const std::string word = lower_case(value);
    if (word == "yes") {
      action_.host_key_policy = HostKeyPolicy::strict;
    } else if (word == "accept-new") {
      action_.host_key_policy = HostKeyPolicy::accept_new;
    } else if (word == "no" || word == "off") {
      action_.host_key_policy = HostKeyPolicy::accept_new;
      server_.out().warning(pos_, "StrictHostKeyChecking=no is read as accept-new",
                            "a new host key is learnt, a changed one is refused");
    } else {
      unknown("StrictHostKeyChecking=" + value);
    }
  }
  void file(std::string_view key, std::string& into, const std::string& value) {
    if (also_as_key(key)) return;
    if (value.empty()) return unknown(std::string(key) + "=");
    into = value;
  }
  void connect_timeout(const std::string& value) {
    if (also_as_key("connect_timeout")) return;
    const auto duration = parse_duration(value, Duration{1'000});
    if (!duration || *duration < Duration{1'000} || *duration > std::chrono::hours(1)) {
      server_.out().error(pos_, "ConnectTimeout must be 1 to 3600 seconds, got '" + value + "'");
      return;
    }
    action_.connect_timeout = *duration;
  }

  Section& server_;
  RemoteAction& action_;
  SourcePos pos_{};
};

}  // namespace

void read_ssh_options(Section& server, RemoteAction& action) {
  std::vector<Located<std::string>> items;
  if (!server.texts("ssh_options", items)) return;
  SshOptions options(server, action);
  const auto words = words_of(items);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    const bool takes_one = word.value == "-o" || word.value == "-p" || word.value == "-i";
    if (takes_one && i + 1 == words.size()) {
      options.unknown(word.value, word.pos);
      return;
    }
    if (word.value == "-p" || word.value == "-i") {
      options.apply(word, word.value == "-p" ? "Port" : "IdentityFile", words[++i].value);
      continue;
    }
    const auto& assignment = word.value == "-o" ? words[++i] : word;
    const auto equals = assignment.value.find('=');
    if (equals == std::string::npos || assignment.value.starts_with('-')) {
      options.unknown(assignment.value, assignment.pos);
    } else {
      options.apply(assignment, assignment.value.substr(0, equals),
                    assignment.value.substr(equals + 1));
    }
  }
}

}  // namespace nightwatt::config
