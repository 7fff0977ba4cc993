#pragma once

#include <string>
#include <vector>

// Two network namespaces of the test's own, joined by two cables (veth pairs) that can be pulled.
//
//     the daemon's end                          the servers' end
//     10.213.1.1 ──────── cable 1 ──────────── 10.213.1.2
//     10.213.2.1 ──────── cable 2 ──────────── 10.213.2.2
//
// The thread that made it may stand in either namespace; what it starts there, threads and
// programs, stays there. Sockets in the file system are the same everywhere. The namespaces have no
// names: they are held by descriptors of this process, so they and the cables are gone with it even
// when it is killed. Every change is made by a child that has entered one of them, never at home.
namespace nightwatt::peers {

class Cables {
 public:
  enum class End { daemon, servers };
  static constexpr int count = 2;  // cables are 1 and 2

  // Empty when namespaces can be made and changed here; else why not, for GTEST_SKIP.
  static std::string missing();

  Cables();
  ~Cables();  // the calling thread is at home again
  Cables(const Cables&) = delete;
  Cables& operator=(const Cables&) = delete;

  void stand_at(End end) const;  // the calling thread
  static std::string server(int cable) { return "10.213." + std::to_string(cable) + ".2"; }

  // The link goes down on both ends.
  void pull(int cable) const;
  void plug(int cable) const;
  // Everything that comes to the servers' end is dropped by its firewall: links stay up, and
  // nothing says so, neither ICMP nor RST.
  void drop(int cable) const;
  void pass(int cable) const;

 private:
  void change(End end, const std::vector<std::string>& command) const;

  int home_ = -1;
  int daemon_ = -1;
  int servers_ = -1;
};

}  // namespace nightwatt::peers
