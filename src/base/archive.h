#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/id.h"

// A state is a value that can be written to bytes and read back.
//
// A struct takes part by naming its members once:
//     template <class A> void fields(A& a) { a(active, last_ok, entered); }
// Writer then appends them to a byte string, Reader restores them, in the same order. The format is
// private to one build: it serves replay checks and hand-over inside a process, not storage.
namespace nightwatt {

class Writer {
 public:
  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void put(const T& value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes_.append(raw, sizeof(T));
  }
  template <class T>
    requires requires(T t, Writer w) { t.fields(w); }
  void put(const T& value) {
    const_cast<T&>(value).fields(*this);  // fields() lists members; Writer only reads them
  }
  template <class Tag, class Rep>
  void put(const Id<Tag, Rep>& id) {
    put(id.value);
  }
  template <class R, class P>
  void put(const std::chrono::duration<R, P>& d) {
    put(d.count());
  }
  template <class C, class D>
  void put(const std::chrono::time_point<C, D>& t) {
    put(t.time_since_epoch());
  }
  template <class A, class B>
  void put(const std::pair<A, B>& p) {
    put(p.first);
    put(p.second);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  void put(const std::string& text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  template <class T, std::size_t N>
  void put(const std::array<T, N>& values) {
    for (const auto& value : values) put(value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    sequence(values);
  }
  template <class T>
  void put(const std::deque<T>& values) {
    sequence(values);
  }
  template <class T>
  void put(const std::set<T>& values) {
    sequence(values);
  }
  template <class K, class V>
  void put(const std::map<K, V>& values) {
    sequence(values);
  }
  template <class C>
  void sequence(const C& values) {
    put(static_cast<std::uint64_t>(values.size()));
    for (const auto& value : values) put(value);
  }
  void put(const std::vector<bool>& values) {
    put(static_cast<std::uint64_t>(values.size()));
    for (const bool value : values) put(value);
  }
  template <class... T>
  void put(const std::variant<T...>& value) {
    put(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto& held) { this->put(held); }, value);
  }
  void put(const std::monostate&) {}

  std::string bytes_;
};

// REQUIRES: the bytes came from a Writer over the same type in the same build. A short input leaves
// zeros and ok() turns false.
class Reader {
 public:
  explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}
  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  bool ok() const { return ok_; }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  template <class T>
    requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
  void get(T& value) {
    if (!ok_ || bytes_.size() - at_ < sizeof(T)) {
      ok_ = false;
      value = T{};
      return;
    }
    if constexpr (std::is_same_v<T, bool>) {
      value = bytes_[at_] != 0;  // a bool holding anything but 0 or 1 is undefined behaviour
    } else {
      std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    }
    at_ += sizeof(T);
  }
  template <class T>
    requires requires(T t, Reader r) { t.fields(r); }
  void get(T& value) {
    value.fields(*this);
  }
  template <class Tag, class Rep>
  void get(Id<Tag, Rep>& id) {
    get(id.value);
  }
  template <class R, class P>
  void get(std::chrono::duration<R, P>& d) {
    R count{};
    get(count);
    d = std::chrono::duration<R, P>(count);
  }
  template <class C, class D>
  void get(std::chrono::time_point<C, D>& t) {
    D since{};
    get(since);
    t = std::chrono::time_point<C, D>(since);
  }
  template <class A, class B>
  void get(std::pair<A, B>& p) {
    get(p.first);
    get(p.second);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool held = false;
    get(held);
    value.reset();
    if (!held) return;
    T inside{};  // not emplace(): clang finds no default constructor in a nested class's optional
    get(inside);
    value.emplace(std::move(inside));
  }
  void get(std::string& text) {
    const std::uint64_t size = count();
    text = bytes_.substr(at_, size);
    at_ += size;
  }
  template <class T, std::size_t N>
  void get(std::array<T, N>& values) {
    for (auto& value : values) get(value);
  }
  template <class T>
  void get(std::vector<T>& values) {
    values.clear();
    for (std::uint64_t n = count(); n > 0 && ok_; --n) get(values.emplace_back());
  }
  template <class T>
  void get(std::deque<T>& values) {
    values.clear();
    for (std::uint64_t n = count(); n > 0 && ok_; --n) get(values.emplace_back());
  }
  void get(std::vector<bool>& values) {
    values.clear();
    for (std::uint64_t n = count(); n > 0 && ok_; --n) {
      bool value = false;
      get(value);
      values.push_back(value);
    }
  }
  template <class T>
  void get(std::set<T>& values) {
    values.clear();
    for (std::uint64_t n = count(); n > 0 && ok_; --n) {
      T value{};
      get(value);
      values.insert(std::move(value));
    }
  }
  template <class K, class V>
  void get(std::map<K, V>& values) {
    values.clear();
    for (std::uint64_t n = count(); n > 0 && ok_; --n) {
      std::pair<K, V> value{};
      get(value);
      values.insert(std::move(value));
    }
  }
  template <class... T>
  void get(std::variant<T...>& value) {
    std::uint8_t index = 0;
    get(index);
    std::uint8_t at = 0;
    ((at++ == index ? get(value.template emplace<T>()) : void()), ...);
  }
  void get(std::monostate&) {}
  std::uint64_t count() {
    std::uint64_t n = 0;
    get(n);
    if (n > bytes_.size() - at_) {
      ok_ = false;
      return 0;
    }
    return n;
  }

  std::string bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

template <class T>
std::string to_bytes(const T& value) {
  Writer writer;
  writer(value);
  return writer.bytes();
}

}  // namespace nightwatt
