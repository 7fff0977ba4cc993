#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace nightwatt::io {

// Things of which thousands of links need one each, and only a few links at the same time: lent,
// and given back by the end of the loan. The one that came back last goes out first: it is still in
// the processor's cache. Outlives every loan.
template <class T>
class Spares {
 public:
  Spares() { free_.reserve(kept_max); }  // so that giving back never fails
  struct GiveBack {
    Spares* to = nullptr;
    void operator()(T* lent) const { to->take_back(std::unique_ptr<T>(lent)); }
  };
  using Loan = std::unique_ptr<T, GiveBack>;

  Loan lend(T value) {
    if (free_.empty()) return Loan(new T(std::move(value)), GiveBack{this});
    T* const lent = free_.back().release();
    free_.pop_back();
    *lent = std::move(value);
    return Loan(lent, GiveBack{this});
  }
  std::size_t kept() const { return free_.size(); }

 private:
  static constexpr std::size_t kept_max = 256;  // after a burst

  void take_back(std::unique_ptr<T> lent) {
    if (free_.size() >= kept_max) return;
    *lent = T{};  // what it holds is not kept
    free_.push_back(std::move(lent));
  }

  std::vector<std::unique_ptr<T>> free_{};
};

}  // namespace nightwatt::io
