#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace nightwatt::io {

// Spares of which thousands of links need one each, and only a few links at the same time: lent,
// and given back by the end of the loan. The one that came back last goes out first: it is still in
// the processor's cache. Outlives every loan. REQUIRES: making a T{} never fails.
template <class T>
class Spares {
 public:
  Spares() { free_.reserve(kept_max); }  // so that giving back never fails
  Spares(const Spares&) = delete;        // its loans know where they came from
  Spares& operator=(const Spares&) = delete;

  struct GiveBack {
    void operator()(T* lent) const noexcept;
  };
  using Loan = std::unique_ptr<T, GiveBack>;  // of one pointer: there is one for each link

  Loan lend() {
    if (free_.empty()) return Loan(new Spare(*this));
    Spare* const lent = free_.back().release();
    free_.pop_back();
    return Loan(lent);
  }
  Loan lend(T value) {
    Loan loan = lend();
    *loan = std::move(value);
    return loan;
  }
  std::size_t kept() const { return free_.size(); }

 private:
  static constexpr std::size_t kept_max = 256;  // after a burst

  struct Spare : T {
    explicit Spare(Spares& from) : T{}, home(from) {}
    Spares& home;
  };

  void take_back(std::unique_ptr<Spare> lent) noexcept {
    if (free_.size() >= kept_max) return;
    std::destroy_at(lent.get());  // what it holds is not kept, and no room for it either
    std::construct_at(lent.get(), *this);
    free_.push_back(std::move(lent));
  }

  std::vector<std::unique_ptr<Spare>> free_{};
};

template <class T>
void Spares<T>::GiveBack::operator()(T* lent) const noexcept {
  auto* const spare = static_cast<Spare*>(lent);
  spare->home.take_back(std::unique_ptr<Spare>(spare));
}

}  // namespace nightwatt::io
