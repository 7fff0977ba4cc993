#pragma once

#include <cstddef>

// How the daemon's heap is kept small, and quick to walk through for a large site.
namespace nightwatt::app {

class SiteMemory {
 public:
  // For the life of the process: the allocator keeps little for a burst that may come again. Before
  // the configuration is read.
  static void keep_little();

  // Before the engine and the links of so many devices are made: at the start, and at a reload.
  void expect(std::size_t devices);
  // Once they are there. A large site has its tables and links in huge pages then
  // (io/huge_pages.h); some milliseconds for 10,000 devices.
  void settle();
  // Gives back what a start or a reload needed.
  void give_back() const;
  // In quiet times also the room ahead, and what a burst needed (an outage of a whole site), but
  // for 128 KB of each heap. Some milliseconds for 10,000 devices: for once a minute.
  void give_back_all();

 private:
  std::size_t ahead_ = 0;    // bytes that the heap was grown by; 0: never a large site
  bool huge_pages_ = false;  // the kernel still makes more
};

}  // namespace nightwatt::app
