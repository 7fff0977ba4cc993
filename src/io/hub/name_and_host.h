#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace nightwatt::io {

// What a link is called (the id in `comm_devices:`) and the host that it talks to, in one piece of
// memory: there are thousands of links, and hardly one says either in an hour.
class NameAndHost {
 public:
  NameAndHost(std::string_view name, std::string_view host)
      : texts_(std::make_unique_for_overwrite<char[]>(name.size() + host.size() + 2)) {
    char* const behind = std::ranges::copy(name, texts_.get()).out;
    *behind = '\0';
    *std::ranges::copy(host, behind + 1).out = '\0';
  }

  // Up to a NUL, which neither has in it.
  std::string name() const { return texts_.get(); }
  std::string host() const { return texts_.get() + name().size() + 1; }

 private:
  std::unique_ptr<char[]> texts_;
};

}  // namespace nightwatt::io
