#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"

namespace nightwatt {

// What is nearly always absent, kept apart: a std::optional<T> that takes one pointer while it is
// empty. The state of 10,000 devices is mostly made of what none of them has just now. A value all
// the same: copied, compared and archived with what it holds.
template <class T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(std::nullopt_t) {}
  Boxed(T value) : held_(std::make_unique<T>(std::move(value))) {}
  Boxed(const Boxed& other) : held_(other.held_ ? std::make_unique<T>(*other.held_) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    if (this != &other) held_ = Boxed(other).held_;
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;

  bool has_value() const { return held_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  T& operator*() { return *checked(); }
  const T& operator*() const { return *checked(); }
  T* operator->() { return checked(); }
  const T* operator->() const { return checked(); }
  T& emplace(T value) {
    held_ = std::make_unique<T>(std::move(value));
    return *held_;
  }
  void reset() { held_.reset(); }

  template <class A>
  void fields(A& a) {
    bool held = has_value();
    a(held);  // a Reader changes it
    if (!held) return reset();
    if (!held_) held_ = std::make_unique<T>();
    a(*held_);
  }
  friend bool operator==(const Boxed& a, const Boxed& b) {
    return a && b ? *a == *b : a.has_value() == b.has_value();
  }

 private:
  T* checked() const {
    NW_CHECK(held_ != nullptr);
    return held_.get();
  }
  std::unique_ptr<T> held_{};
};

// A text that is nearly always empty, in the room of one pointer.
class RareText {
 public:
  RareText() = default;
  RareText(std::string text) { *this = std::move(text); }
  RareText& operator=(std::string text) {
    text_ = text.empty() ? Boxed<std::string>() : Boxed<std::string>(std::move(text));
    return *this;
  }
  bool empty() const { return !text_; }
  std::string text() const { return text_ ? *text_ : std::string(); }
  void clear() { text_.reset(); }
  template <class A>
  void fields(A& a) {
    a(text_);
  }
  friend bool operator==(const RareText&, const RareText&) = default;

 private:
  Boxed<std::string> text_{};
};

}  // namespace nightwatt
