#include "config/ownership.h"

#include <fmt/format.h>

#include <tuple>

#include "config/address.h"

namespace nightwatt::config {
namespace {

struct Owner {
  std::string name;  // "UPS group 'A'", "redundancy group 'rack'"
  Located<bool> is_local;
  const OwnedWritten* owned;
};

std::vector<Owner> owners_of(const Draft& draft) {
  std::vector<Owner> owners;
  for (const UpsWritten& ups : draft.ups) {
    owners.push_back({"UPS group '" + ups.name.value + "'", ups.is_local, &ups.owned});
  }
  for (const GroupWritten& group : draft.groups) {
    owners.push_back({"redundancy group '" + group.name.value + "'", group.is_local, &group.owned});
  }
  return owners;
}

void check_one_local(const std::vector<Owner>& owners, Diagnostics& out) {
  const Owner* first = nullptr;
  for (const Owner& owner : owners) {
    if (!owner.is_local.value) continue;
    if (first == nullptr) {
      first = &owner;
      continue;
    }
    out.error(
        owner.is_local.pos,
        fmt::format("more than one group is marked is_local: {} and {}", first->name, owner.name),
        "one UPS or redundancy group at most feeds this machine");
  }
}

void check_local_resources(const std::vector<Owner>& owners, Diagnostics& out) {
  for (const Owner& owner : owners) {
    if (owner.is_local.value || !owner.owned->local_resource) continue;
    const auto& resource = *owner.owned->local_resource;
    out.error(resource.pos,
              fmt::format("{} is for the owner of this machine, and {} is not", resource.value,
                          owner.name),
              "is_local: true, when it feeds this machine");
  }
}

void check_remote_servers(const std::vector<Owner>& owners, Diagnostics& out) {
  struct Seen {
    std::size_t owner;
    const RemoteWritten* server;
  };
  std::map<std::tuple<std::string, std::uint16_t, std::string>, Seen> seen;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    for (const RemoteWritten& server : owners[i].owned->remotes) {
      const RemoteAction& target = server.action;
      if (target.host.empty() || target.user.empty()) continue;
      const auto [entry, inserted] =
          seen.try_emplace({lower_case(target.host), target.port, target.user}, Seen{i, &server});
      if (inserted) continue;
      const Seen& before = entry->second;
      const std::string who =
          fmt::format("remote server '{}' ({}@{})", server.name.value, target.user, target.host);
      if (before.owner != i) {
        out.error(server.pos,
                  fmt::format("{} is owned by both {} and {}", who, owners[before.owner].name,
                              owners[i].name),
                  "a remote server belongs to exactly one of them");
      } else if (server.enabled && before.server->enabled) {
        out.warning(server.pos, fmt::format("{} is listed twice in {}", who, owners[i].name),
                    fmt::format("the first one is in line {}", before.server->pos.line));
      }
    }
  }
}

}  // namespace

void check_ownership(Draft& draft) {
  const std::vector<Owner> owners = owners_of(draft);
  check_one_local(owners, draft.out);
  check_local_resources(owners, draft.out);
  check_remote_servers(owners, draft.out);
}

}  // namespace nightwatt::config
