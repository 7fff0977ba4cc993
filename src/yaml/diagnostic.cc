#include "yaml/diagnostic.h"

#include <algorithm>
#include <ranges>
#include <tuple>
#include <utility>

#include "yaml/limits.h"

namespace nightwatt::yaml {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
  }
  return "error";
}

void Diagnostics::error(SourcePos pos, std::string message, std::string hint) {
  ++errors_;
  add(Severity::error, pos, std::move(message), std::move(hint));
}

void Diagnostics::warning(SourcePos pos, std::string message, std::string hint) {
  add(Severity::warning, pos, std::move(message), std::move(hint));
}

void Diagnostics::note(SourcePos pos, std::string message, std::string hint) {
  add(Severity::note, pos, std::move(message), std::move(hint));
}

void Diagnostics::add(Severity severity, SourcePos pos, std::string message, std::string hint) {
  const bool is_error = severity == Severity::error;
  if (list_.size() < diagnostics_max) {
    list_.push_back({severity, pos, std::move(message), std::move(hint)});
    return;
  }
  // Full: the first error beyond still gets in, so that a refusal always shows why.
  if (!is_error || full_) return;
  full_ = true;
  list_.push_back({severity, pos, std::move(message), std::move(hint)});
  list_.push_back({severity, {0, 0}, "more problems than are shown here", "repair these first"});
}

void Diagnostics::sort() {
  // By index, because std::stable_sort of libstdc++ 12 uses what clang calls deprecated.
  std::vector<std::size_t> order(list_.size());
  std::ranges::iota_view indices(std::size_t{0}, list_.size());
  std::ranges::copy(indices, order.begin());
  std::ranges::sort(order, {}, [this](std::size_t i) {
    const SourcePos pos = list_[i].pos;
    const bool whole_file = pos.line == 0;  // comes last
    return std::tuple(whole_file, pos, i);
  });
  std::vector<Diagnostic> sorted;
  sorted.reserve(list_.size());
  for (const std::size_t i : order) sorted.push_back(std::move(list_[i]));
  list_ = std::move(sorted);
}

}  // namespace nightwatt::yaml
