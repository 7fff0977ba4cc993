#include "app/site_memory.h"

#include <malloc.h>

#include <utility>

#include "io/huge_pages.h"

namespace nightwatt::app {
namespace {

constexpr std::size_t huge_page_devices = 500;
constexpr std::size_t bytes_per_device = 4'096;  // of the heap, when all were polled
constexpr int burst_bytes = 128 * 1024;          // that each heap keeps in quiet times

}  // namespace

void SiteMemory::keep_little() {
  // Few threads of ours allocate at the same time; each heap of its own would keep its own holes.
  ::mallopt(M_ARENA_MAX, 2);
  // A list as large as this is one of a burst: apart from the heap it leaves no hole there. Setting
  // it keeps glibc from raising it as soon as the first one is freed.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

void SiteMemory::expect(std::size_t devices) {
  if (devices < huge_page_devices) return;
  ahead_ = devices * bytes_per_device;
  io::grow_heap_by(ahead_);
}

void SiteMemory::settle() {
  if (ahead_ == 0) return;
  io::use_huge_pages();
  huge_pages_ = true;
}

void SiteMemory::give_back() const { ::malloc_trim(ahead_); }

void SiteMemory::give_back_all() {
  if (ahead_ > 0) {
    ::mallopt(M_TOP_PAD, burst_bytes);
    ::mallopt(M_TRIM_THRESHOLD, 64 * burst_bytes);  // or each small burst asks the kernel
  }
  ::malloc_trim(burst_bytes);
  if (std::exchange(huge_pages_, false)) io::no_more_huge_pages();
}

}  // namespace nightwatt::app
