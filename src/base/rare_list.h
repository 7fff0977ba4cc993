#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace nightwatt {

// A list that is nearly always empty, in the room of one pointer: std::vector takes three, and the
// rules of 10,000 devices are mostly empty lists. A value, used like the vector that it becomes
// wherever one is wanted.
template <class T>
class RareList {
 public:
  RareList() = default;
  RareList(std::vector<T> items) {
    if (!items.empty()) items_ = std::make_unique<std::vector<T>>(std::move(items));
  }
  RareList(std::initializer_list<T> items) : RareList(std::vector<T>(items)) {}
  RareList(const RareList& other) : RareList(other.all()) {}
  RareList(RareList&&) noexcept = default;
  RareList& operator=(const RareList& other) {
    if (this != &other) items_ = RareList(other).items_;
    return *this;
  }
  RareList& operator=(RareList&&) noexcept = default;
  ~RareList() = default;

  const std::vector<T>& all() const { return items_ ? *items_ : none; }
  operator const std::vector<T>&() const { return all(); }
  bool empty() const { return items_ == nullptr; }
  std::size_t size() const { return all().size(); }
  const T& operator[](std::size_t i) const { return all()[i]; }
  const T& front() const { return all().front(); }
  auto begin() const { return all().begin(); }
  auto end() const { return all().end(); }

  void push_back(T item) {
    if (!items_) items_ = std::make_unique<std::vector<T>>();
    items_->push_back(std::move(item));
  }
  // REQUIRES: not empty.
  T take_front() {
    T first = std::move(items_->front());
    items_->erase(items_->begin());
    if (items_->empty()) items_.reset();
    return first;
  }
  template <class Predicate>
  std::size_t erase_if(Predicate predicate) {
    if (!items_) return 0;
    const std::size_t erased = std::erase_if(*items_, predicate);
    if (items_->empty()) items_.reset();
    return erased;
  }
  void clear() { items_.reset(); }

  friend bool operator==(const RareList& a, const RareList& b) { return a.all() == b.all(); }

 private:
  static inline const std::vector<T> none{};
  std::unique_ptr<std::vector<T>> items_{};  // never empty
};

}  // namespace nightwatt
