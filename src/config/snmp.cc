#include "config/snmp.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/address.h"
#include "config/limits.h"
#include "config/secret.h"

namespace nightwatt::config {
namespace {

constexpr SecretKeys community_keys{"community", "community_file", "community_env"};
constexpr SecretKeys auth_keys{"auth_password", "auth_password_file", "auth_password_env"};
constexpr SecretKeys privacy_keys{"privacy_password", "privacy_password_file",
                                  "privacy_password_env"};

void read_pass_phrase(Section& section, const Draft& draft, const SecretKeys& keys,
                      std::string_view what, std::string& into) {
  constexpr std::size_t shortest = 8;  // RFC 3414, 11.2: localised keys need it
  if (!read_secret(section, draft, keys, into)) {
    if (!section.has(keys.text) && !section.has(keys.file) && !section.has(keys.env)) {
      section.out().error(
          section.pos(), fmt::format("{} has no '{}'", section.label(), keys.text),
          fmt::format("'{}' needs a pass phrase: {} or {}", what, keys.file, keys.env));
    }
  } else if (into.size() < shortest) {
    section.out().error(section.pos(), fmt::format("{}: {} has fewer than {} characters",
                                                   section.label(), keys.text, shortest));
  }
}

// A word that is no protocol is told once: what its password would be for is then unknown.
void read_protection(Section& section, const Draft& draft, SnmpAgent& agent) {
  const bool auth_known = section.choice("auth", agent.auth,
                                         {{"none", SnmpAuth::none},
                                          {"md5", SnmpAuth::md5},
                                          {"sha1", SnmpAuth::sha1},
                                          {"sha", SnmpAuth::sha1},  // net-snmp's and many cards'
                                          {"sha224", SnmpAuth::sha224},
                                          {"sha256", SnmpAuth::sha256},
                                          {"sha384", SnmpAuth::sha384},
                                          {"sha512", SnmpAuth::sha512}},
                                         {"md5", "none"}) ||
                          !section.has("auth");
  const bool privacy_known = section.choice("privacy", agent.privacy,
                                            {{"none", SnmpPrivacy::none},
                                             {"des", SnmpPrivacy::des},
                                             {"aes128", SnmpPrivacy::aes128},
                                             {"aes", SnmpPrivacy::aes128},
                                             {"aes192", SnmpPrivacy::aes192},
                                             {"aes256", SnmpPrivacy::aes256}},
                                            {"des", "none"}) ||
                             !section.has("privacy");
  if (!auth_known) {
    section.ignore({auth_keys.text, auth_keys.file, auth_keys.env});
  } else if (agent.auth != SnmpAuth::none) {
    read_pass_phrase(section, draft, auth_keys, "auth", agent.auth_password);
  } else {
    section.refuse({auth_keys.text, auth_keys.file, auth_keys.env},
                   "is for auth: sha256 and others");
  }
  if (!privacy_known) {
    section.ignore({privacy_keys.text, privacy_keys.file, privacy_keys.env});
    return;
  }
  if (agent.privacy == SnmpPrivacy::none) {
    section.refuse({privacy_keys.text, privacy_keys.file, privacy_keys.env},
                   "is for privacy: aes128 and others");
    return;
  }
  if (auth_known && agent.auth == SnmpAuth::none) {
    section.out().error(section.pos_of("privacy"), section.label() + " has privacy and no auth",
                        "SNMPv3 encrypts only what it authenticates (RFC 3414, 1.4.1)");
  }
  read_pass_phrase(section, draft, privacy_keys, "privacy", agent.privacy_password);
}

void read_user(Section& section, const Draft& draft, SnmpAgent& agent) {
  constexpr std::size_t longest = 32;  // RFC 3414, usmUserName
  if (!section.text("user", agent.user) && !section.has("user")) {
    section.out().error(section.pos(), section.label() + " has no 'user'", "SNMPv3 needs one");
  } else if (agent.user.size() > longest) {
    section.out().error(section.pos_of("user"),
                        fmt::format("{} is longer than {} bytes", section.path("user"), longest));
  }
  read_protection(section, draft, agent);
}

// ADDRESS, ADDRESS:PORT, [V6] or [V6]:PORT. Names are no addresses to listen on.
bool parse_listen(std::string_view text, SnmpTraps& traps) {
  std::string_view address = text, port;
  const bool bracketed = text.starts_with('[');
  const auto colon = bracketed ? text.find("]:") : text.rfind(':');
  if (bracketed) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    address = text.substr(1, end - 1);
    if (colon != std::string_view::npos) port = text.substr(colon + 2);
    if (colon == std::string_view::npos && end + 1 != text.size()) return false;
  } else if (colon != std::string_view::npos) {
    if (text.find(':') != colon) return false;  // an IPv6 address without brackets
    address = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  constexpr std::string_view v4 = "0123456789.", v6 = "0123456789abcdefABCDEF:.";
  if (address.empty() || address.find_first_not_of(bracketed ? v6 : v4) != std::string_view::npos) {
    return false;
  }
  traps.address = address;
  if (port.empty()) return text.back() != ':';
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size()) return false;
  traps.port = static_cast<std::uint16_t>(number);
  return number >= 1 && number <= 65'535;
}

void read_trap_users(Section& section, const Draft& draft, SnmpTraps& traps) {
  const Item* const list = section.take_list("users");
  if (list == nullptr) return;
  if (list->children.size() > trap_users_max) {
    section.out().error(list->pos, fmt::format("more than {} trap users", trap_users_max));
    return;
  }
  for (std::size_t i = 0; i < list->children.size(); ++i) {
    Section user(*list->children[i], fmt::format("snmp_traps.users[{}]", i + 1), section.out());
    SnmpAgent agent{.version = SnmpVersion::v3};
    read_user(user, draft, agent);
    user.finish();
    if (std::ranges::find(traps.users, agent.user, &SnmpAgent::user) != traps.users.end()) {
      section.out().error(user.pos(), fmt::format("trap user '{}' is declared twice", agent.user));
    }
    traps.users.push_back(std::move(agent));
  }
}

}  // namespace

void read_snmp_agent(Section& section, const Draft& draft, SnmpAgent& agent) {
  const bool known = section.choice("version", agent.version,
                                    {{"v1", SnmpVersion::v1},
                                     {"1", SnmpVersion::v1},
                                     {"v2c", SnmpVersion::v2c},
                                     {"2c", SnmpVersion::v2c},
                                     {"v3", SnmpVersion::v3},
                                     {"3", SnmpVersion::v3}}) ||
                     !section.has("version");
  if (!known) {  // told above; what belongs to which version would only be noise
    section.ignore({"user", "auth", "privacy", "context", auth_keys.text, auth_keys.file,
                    auth_keys.env, privacy_keys.text, privacy_keys.file, privacy_keys.env,
                    community_keys.text, community_keys.file, community_keys.env});
  } else if (agent.version == SnmpVersion::v3) {
    read_user(section, draft, agent);
    section.text("context", agent.context);
    section.refuse({community_keys.text, community_keys.file, community_keys.env},
                   "is for version v1 and v2c");
  } else {
    if (!read_secret(section, draft, community_keys, agent.community) &&
        !section.has(community_keys.text) && !section.has(community_keys.file) &&
        !section.has(community_keys.env)) {
      section.out().error(section.pos(), section.label() + " has no 'community'",
                          "community_file or community_env; nobody should guess it");
    }
    section.refuse({"user", "auth", "privacy", "context", auth_keys.text, auth_keys.file,
                    auth_keys.env, privacy_keys.text, privacy_keys.file, privacy_keys.env},
                   "is for version: v3");
  }
}

void read_snmp_traps(Section& root, Draft& draft) {
  const Item* const node = root.take("snmp_traps");
  if (node == nullptr) return;
  Section section(*node, "snmp_traps", draft.out);
  SnmpTraps traps;
  std::string listen;
  if (section.text("listen", listen) && !parse_listen(listen, traps)) {
    draft.out.error(section.pos_of("listen"),
                    section.path("listen") + " is no address to listen on: '" + listen + "'",
                    "as in 0.0.0.0:162, 10.0.0.5 or [::]:1162");
  }
  read_secret(section, draft, community_keys, traps.community);
  read_trap_users(section, draft, traps);
  section.finish();
  const auto is_agent = [](const CommEndpoint& it) { return it.driver == "snmp"; };
  if (std::ranges::none_of(draft.config.endpoints, is_agent)) {
    draft.out.warning(node->pos, "snmp_traps, and no comm device with driver: snmp",
                      "only traps of comm devices are heard");
  }
  draft.config.snmp_traps = std::move(traps);
}

}  // namespace nightwatt::config
