#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

// Large pages for a large heap. A site of thousands of devices walks through tens of megabytes
// every second; with pages of 4 KB nearly each step waits for the page tables, and a virtual
// machine has two of them to walk. 10,000 Modbus devices take 12 % less CPU so
// (docs/BENCHMARKS.md).
//
// Everything here is advice to the kernel (madvise(2)): where it has no huge pages, or refuses them
// to us, nothing happens.
namespace nightwatt::io {

// Of /proc/self/smaps: memory of our own that is written to, and belongs to no file.
struct OwnMapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::size_t resident = 0;  // bytes
  bool heap = false;         // the one that grows at its end
};
std::vector<OwnMapping> own_mappings(std::string_view smaps);

// From now on the heap grows in steps of `bytes`. For once, before much is allocated: what the step
// holds is advised by use_huge_pages() before it is touched, and nothing has to be copied later.
void grow_heap_by(std::size_t bytes);

// Advises the heap and every other own mapping that is nearly full; a thread's stack is nearly
// empty, and would become resident as a whole. What is there already is moved into huge pages at
// once: some milliseconds for 10,000 devices. Returns the bytes that were advised.
std::size_t use_huge_pages();

// What is in huge pages by now stays there, and no more is put there: the kernel would fill up
// again, within seconds, what the heap gave back of them.
void no_more_huge_pages();

}  // namespace nightwatt::io
