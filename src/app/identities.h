#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace nightwatt::app {

// The members of a site as the journal knows them: name, and where each is read. With a corrected
// host it is another one, so that a mistyped host never counts as a feed that was lost. Those that
// the journal does not know yet are kept, in one piece of memory that goes back as a whole: as
// texts of their own they left a hole of 2 MB between what 10,000 devices keep.
class Identities {
 public:
  Identities() = default;
  explicit Identities(const config::Config& config);

  std::size_t size() const { return known_.size(); }  // members, in the site's order; 0: all known
  bool known(std::size_t member) const { return known_[member]; }
  std::string_view of(std::size_t member) const;
  void set_known(std::size_t member);
  std::size_t room() const;  // bytes that it holds

 private:
  std::string texts_{};
  std::vector<std::uint32_t> ends_{};  // in texts_, of each member
  std::vector<bool> known_{};
  std::size_t unknown_ = 0;
};

}  // namespace nightwatt::app
