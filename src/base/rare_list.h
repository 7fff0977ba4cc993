#pragma once

#include <cstddef>
#include <initializer_list>
#include <utility>
#include <vector>

#include "base/boxed.h"

namespace nightwatt {

// A list that is nearly always empty, in the room of one pointer: std::vector takes three, and the
// rules of 10,000 devices are mostly empty lists. A value, used like the vector that it becomes
// wherever one is wanted (a copy).
template <class T>
class RareList {
 public:
  RareList() = default;
  RareList(std::vector<T> items) {
    if (!items.empty()) items_ = std::move(items);
  }
  RareList(std::initializer_list<T> items) : RareList(std::vector<T>(items)) {}

  operator std::vector<T>() const { return items_ ? *items_ : std::vector<T>(); }
  bool empty() const { return !items_; }
  std::size_t size() const { return items_ ? items_->size() : 0; }
  // REQUIRES: i < size().
  const T& operator[](std::size_t i) const { return (*items_)[i]; }
  T& operator[](std::size_t i) { return (*items_)[i]; }
  const T& front() const { return items_->front(); }
  const T& back() const { return items_->back(); }
  const T* begin() const { return items_ ? items_->data() : nullptr; }
  const T* end() const { return begin() + size(); }
  T* begin() { return items_ ? items_->data() : nullptr; }
  T* end() { return begin() + size(); }

  void push_back(T item) {
    if (!items_) items_ = std::vector<T>();
    items_->push_back(std::move(item));
  }
  // REQUIRES: not empty.
  T take_front() {
    T first = std::move(items_->front());
    items_->erase(items_->begin());
    if (items_->empty()) clear();
    return first;
  }
  template <class Predicate>
  std::size_t erase_if(Predicate predicate) {
    if (!items_) return 0;
    const std::size_t erased = std::erase_if(*items_, predicate);
    if (items_->empty()) clear();
    return erased;
  }
  void clear() { items_.reset(); }

  template <class A>
  void fields(A& a) {
    a(items_);
    if (items_ && items_->empty()) clear();  // input that was cut off
  }
  friend bool operator==(const RareList&, const RareList&) = default;

 private:
  Boxed<std::vector<T>> items_{};  // never an empty one
};

}  // namespace nightwatt
