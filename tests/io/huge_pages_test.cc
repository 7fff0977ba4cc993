#include "io/huge_pages.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace nightwatt::io {
namespace {

TEST(HugePages, OnlyMemoryOfOurOwnIsLookedAt) {
  const auto found = own_mappings(
      "55d0c0000000-55d0c2000000 rw-p 00000000 00:00 0                          [heap]\n"
      "Size:              32768 kB\n"
      "Rss:               30000 kB\n"
      "VmFlags: rd wr mr mw me ac hg\n"
      "7f0000000000-7f0000800000 rw-p 00000000 00:00 0 \n"
      "Rss:                  12 kB\n"
      "7f1000000000-7f1000800000 r-xp 00000000 fe:00 123                        /usr/lib/libc.so\n"
      "Rss:                1400 kB\n"
      "7f1000800000-7f1000900000 rw-p 00800000 fe:00 123                        /usr/lib/libc.so\n"
      "Rss:                 100 kB\n"
      "7f2000000000-7f2000001000 ---p 00000000 00:00 0 \n"
      "7ffd00000000-7ffd00800000 rw-p 00000000 00:00 0                          [stack]\n"
      "Rss:                  24 kB\n"
      "half a line");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].begin, 0x55d0c0000000u);
  EXPECT_EQ(found[0].end, 0x55d0c2000000u);
  EXPECT_EQ(found[0].resident, 30'000u * 1024);
  EXPECT_TRUE(found[0].heap);
  EXPECT_EQ(found[1].end - found[1].begin, std::size_t{8} << 20);
  EXPECT_EQ(found[1].resident, 12u * 1024);
  EXPECT_FALSE(found[1].heap);
  EXPECT_TRUE(own_mappings("").empty());
  EXPECT_TRUE(own_mappings("no map\nRss: 4 kB\n").empty());
}

// The kernel's own words for the mapping with `at` in it: "VmFlags: rd wr mr mw me ac hg".
std::string flags_of(const char* at) {
  std::ifstream file("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(at);
  bool here = false;
  for (std::string line; std::getline(file, line);) {
    char* rest = nullptr;
    const std::uintptr_t begin = std::strtoull(line.c_str(), &rest, 16);
    if (*rest == '-') here = begin <= wanted && wanted < std::strtoull(rest + 1, nullptr, 16);
    if (here && line.starts_with("VmFlags:")) return line;
  }
  return {};
}

TEST(HugePages, FullMemoryIsAdvisedAndEmptyMemoryIsNot) {
  std::string setting;
  std::getline(std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"), setting);
  if (setting.empty() || setting.find("[never]") != std::string::npos) {
    GTEST_SKIP() << "this kernel has no huge pages";
  }
  constexpr std::size_t size = std::size_t{16} << 20;
  const auto take = [&] {
    return static_cast<char*>(
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  };
  // A page without access on either side keeps each a mapping of its own.
  char* const full = take();
  char* const empty = take();
  ASSERT_NE(static_cast<void*>(full), MAP_FAILED);
  ASSERT_NE(static_cast<void*>(empty), MAP_FAILED);
  for (char* each : {full, empty}) {
    ::mprotect(each, 4096, PROT_NONE);
    ::mprotect(each + size - 4096, 4096, PROT_NONE);
  }
  std::memset(full + 4096, 1, size - 2 * 4096);
  empty[8192] = 1;
  EXPECT_GE(use_huge_pages(), size / 2);
  const auto resident = [&](const char* at) {
    std::ifstream file("/proc/self/smaps");
    const std::string smaps{std::istreambuf_iterator<char>(file), {}};
    for (const OwnMapping& each : own_mappings(smaps)) {
      if (each.begin <= reinterpret_cast<std::uintptr_t>(at) &&
          reinterpret_cast<std::uintptr_t>(at) < each.end) {
        return each.resident;
      }
    }
    return std::size_t{0};
  };
  EXPECT_EQ(full[size / 2], 1) << "what was there is still there";
  EXPECT_LE(resident(empty + 8192), 8192u) << "nothing became resident";
  EXPECT_TRUE(flags_of(full + size / 2).contains(" hg")) << flags_of(full + size / 2);
  const std::size_t before = resident(full + size / 2);
  no_more_huge_pages();
  EXPECT_TRUE(flags_of(full + size / 2).contains(" nh")) << "the kernel adds no more";
  EXPECT_EQ(resident(full + size / 2), before);
  EXPECT_EQ(full[size / 2], 1);
  ::munmap(full, size);
  ::munmap(empty, size);
}

}  // namespace
}  // namespace nightwatt::io
