#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// What a device says in words and not in numbers: its model, its serial number. Shown to people;
// no decision sees it, so the engine does not know it.
namespace nightwatt {

struct TextValue {
  std::string name{};  // NUT's, as the device spells it
  std::string text{};
  friend bool operator==(const TextValue&, const TextValue&) = default;
};

// One of NUT's names for what is printed on a device; in either case.
bool is_nameplate(std::string_view name);

// Which of them are wanted with a reply.
enum class Texts : std::uint8_t {
  none,
  nameplate,  // what is printed on the device: is_nameplate()
  all,        // every variable that goes into no reading, numbers included
};

}  // namespace nightwatt
