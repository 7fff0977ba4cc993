#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "ports/sinks.h"

// Collects what executors say from their threads. Waiting ends with the event, never with luck.
namespace nightwatt::io_test {

template <class T>
class Box {
 public:
  auto sink() {
    return [this](T item) {
      const std::lock_guard lock(mutex_);
      items_.push_back(std::move(item));
      changed_.notify_all();
    };
  }
  // The next item; nothing when none came in time.
  std::optional<T> next(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [this] { return !items_.empty(); })) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  bool empty() const {
    const std::lock_guard lock(mutex_);
    return items_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
};

class EventBox : public Box<Event> {
 public:
  // The next event, which must be of this kind.
  template <class E>
  std::optional<E> next_as(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    auto event = next(patience);
    if (!event || !std::holds_alternative<E>(*event)) return std::nullopt;
    return std::get<E>(std::move(*event));
  }
};

using NoticeBox = Box<Notice>;

}  // namespace nightwatt::io_test
