#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ports/clock.h"
#include "ports/device_link.h"

// What devices say in words: model, serial number, firmware; with `variables: all` whatever else
// they say. Beside the engine, because nothing is decided by it. Read with a poll that goes out
// anyway: at the first one and then every ten minutes, so that a UPS that was replaced is noticed.
namespace nightwatt::app {

struct Nameplate {
  std::vector<TextValue> texts{};  // in the device's order
  Instant at{};
};

class Nameplates final : public ports::TextSink {
 public:
  // The clock outlives this.
  explicit Nameplates(const ports::Clock& clock) : clock_(clock) {}
  Nameplates(const Nameplates&) = delete;  // plates point to kinds
  Nameplates& operator=(const Nameplates&) = delete;

  // So many devices from now on; all are asked anew.
  void watch(std::size_t devices) {
    plates_.assign(devices, Plate{});
    kinds_.clear();
  }
  // Its texts are wanted with its next poll.
  bool due(DeviceId device, Instant now) const {
    return device.value < plates_.size() && plates_[device.value].next <= now;
  }
  // Names that are not printable ASCII are left out; when nothing is left, what is known stays.
  void said(DeviceId device, const std::vector<TextValue>& texts) override;
  // Empty: it never said any, or its driver knows none.
  Nameplate of(DeviceId device) const;

 private:
  // What all devices of one model say, kept once: for each text the number of its name in two
  // bytes, and the text, ended by NUL. Of a serial number, or what else a device has for itself,
  // only the number of its name, marked.
  using Kinds = std::map<std::string, std::uint32_t>;  // and how many plates are of it
  // Packed, for a site has thousands of them that hardly ever are looked at.
  struct Plate {
    Instant next{};
    Instant at{};
    Kinds::value_type* kind = nullptr;  // null: it never said anything
    std::string own{};  // its own texts, in the order of its kind; each ended by NUL
  };
  std::uint16_t number_of(std::string_view name);
  void set_kind(Plate& plate, const std::string& kind);

  const ports::Clock& clock_;
  std::vector<Plate> plates_{};  // by device
  Kinds kinds_{};
  std::map<std::string, std::uint16_t, std::less<>> numbers_{};  // of names of variables
  std::vector<const std::string*> names_{};                      // by number: keys of numbers_
};

}  // namespace nightwatt::app
