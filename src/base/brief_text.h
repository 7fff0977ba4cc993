#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace nightwatt {

// A text that is nearly always short, in 16 bytes: up to 15 characters lie in them, longer ones
// apart. std::string takes 32, and 10,000 devices have a name on each of their paths. A value, made
// from whatever a std::string is made from, and read as a std::string_view.
class BriefText {
 public:
  BriefText() = default;
  BriefText(std::string_view text) {
    char* into = bytes_.data();
    if (text.size() > short_max) {
      NW_CHECK(text.size() <= UINT32_MAX);
      into = new char[text.size()];
      const auto size = static_cast<std::uint32_t>(text.size());
      std::memcpy(bytes_.data(), &into, sizeof into);
      std::memcpy(bytes_.data() + sizeof into, &size, sizeof size);
    }
    size_ = text.size() > short_max ? apart : static_cast<std::uint8_t>(text.size());
    text.copy(into, text.size());
  }
  BriefText(const std::string& text) : BriefText(std::string_view(text)) {}
  BriefText(const char* text) : BriefText(std::string_view(text)) {}
  BriefText(const BriefText& other) : BriefText(other.view()) {}
  BriefText(BriefText&& other) noexcept { swap(other); }
  BriefText& operator=(BriefText other) noexcept {
    swap(other);
    return *this;
  }
  ~BriefText() {
    if (size_ == apart) delete[] view().data();
  }

  // Good until this is changed, moved or destroyed.
  std::string_view view() const {
    if (size_ != apart) return {bytes_.data(), size_};
    const char* text = nullptr;
    std::uint32_t size = 0;
    std::memcpy(&text, bytes_.data(), sizeof text);
    std::memcpy(&size, bytes_.data() + sizeof text, sizeof size);
    return {text, size};
  }
  operator std::string_view() const { return view(); }
  std::string text() const { return std::string(view()); }
  bool empty() const { return size_ == 0; }

  template <class T>
    requires std::convertible_to<const T&, std::string_view>
  friend bool operator==(const BriefText& a, const T& b) {
    return a.view() == std::string_view(b);
  }

 private:
  static constexpr std::size_t short_max = 15;
  static constexpr std::uint8_t apart = 255;

  void swap(BriefText& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
  }

  alignas(void*) std::array<char, short_max> bytes_{};  // apart: the address, then 32 bits of size
  std::uint8_t size_ = 0;
};
static_assert(sizeof(BriefText) == 16 && sizeof(char*) + sizeof(std::uint32_t) <= 15);

}  // namespace nightwatt
