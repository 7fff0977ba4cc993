#include "io/huge_pages.h"

#include <malloc.h>
#include <sys/mman.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25  // Linux 6.1
#endif

namespace nightwatt::io {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;  // x86 and ARM with 4 KB pages

// "55d0c0000000-55d0c2000000 rw-p 00000000 00:00 0     [heap]"
bool read_header(std::string_view line, OwnMapping& out) {
  const char* const end = line.data() + line.size();
  const auto begin_end = std::from_chars(line.data(), end, out.begin, 16);
  if (begin_end.ec != std::errc() || begin_end.ptr == end || *begin_end.ptr != '-') return false;
  const auto end_end = std::from_chars(begin_end.ptr + 1, end, out.end, 16);
  return end_end.ec == std::errc() && end_end.ptr != end && *end_end.ptr == ' ';
}

bool is_own(std::string_view header) {
  return header.find(" rw-p ") != std::string_view::npos &&
         header.find(" 00:00 0") != std::string_view::npos &&
         (header.find('[') == std::string_view::npos || header.ends_with("[heap]"));
}

std::size_t kilobytes(std::string_view line) {
  const auto digit = line.find_first_of("0123456789");
  std::size_t number = 0;
  if (digit != std::string_view::npos) {
    std::from_chars(line.data() + digit, line.data() + line.size(), number);
  }
  return number;
}

std::uintptr_t up(std::uintptr_t at) { return (at + huge_page - 1) / huge_page * huge_page; }
std::uintptr_t down(std::uintptr_t at) { return at / huge_page * huge_page; }

bool advise(std::uintptr_t begin, std::uintptr_t end, int advice) {
  if (begin >= end) return false;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): it came as a number
  return ::madvise(reinterpret_cast<void*>(begin), end - begin, advice) == 0;
}

std::string own_smaps() {
  std::ifstream file("/proc/self/smaps");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<OwnMapping> own_mappings(std::string_view smaps) {
  std::vector<OwnMapping> out;
  bool mine = false;
  while (!smaps.empty()) {
    const std::string_view line = smaps.substr(0, smaps.find('\n'));
    smaps.remove_prefix(std::min(smaps.size(), line.size() + 1));
    OwnMapping mapping;
    if (read_header(line, mapping)) {
      mine = is_own(line);
      mapping.heap = line.ends_with("[heap]");
      if (mine) out.push_back(mapping);
    } else if (mine && line.starts_with("Rss:")) {
      out.back().resident = kilobytes(line) * 1024;
    }
  }
  return out;
}

void grow_heap_by(std::size_t bytes) {
  constexpr std::size_t most = std::size_t{1} << 30;
  ::mallopt(M_TOP_PAD, static_cast<int>(std::min(bytes, most)));
}

std::size_t use_huge_pages() {
  std::size_t advised = 0;
  for (const OwnMapping& each : own_mappings(own_smaps())) {
    const std::size_t size = each.end - each.begin;
    if (size < 2 * huge_page || (!each.heap && each.resident < size / 4 * 3)) continue;
    const std::uintptr_t begin = up(each.begin);
    const std::uintptr_t end = down(each.end);
    if (!advise(begin, end, MADV_HUGEPAGE)) continue;
    advised += end - begin;
    // The heap is full from its begin on; its rest waits for the first use.
    advise(begin, each.heap ? std::min(down(each.begin + each.resident), end) : end, MADV_COLLAPSE);
  }
  return advised;
}

void no_more_huge_pages() {
  for (const OwnMapping& each : own_mappings(own_smaps())) {
    advise(up(each.begin), down(each.end), MADV_NOHUGEPAGE);
  }
}

}  // namespace nightwatt::io
