// Each fault of the fault proxies is really there: an instrument that shows nothing would make
// every story on a bad network a story on a good one.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "tests/peers/free_port.h"
#include "tests/peers/tcp_fault_proxy.h"
#include "tests/peers/udp_fault_proxy.h"

namespace nightwatt::peers {
namespace {

using namespace std::chrono_literals;

// Says everything back, to any number of clients.
class Echo {
 public:
  explicit Echo(int type) : type_(type), port_(free_port()), listener_(bound_socket(type, port_)) {
    thread_ = std::thread([this] { serve(); });
  }
  ~Echo() {
    ending_ = true;
    thread_.join();
    for (const int fd : clients_) ::close(fd);
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void serve() {
    while (!ending_) {
      std::vector<pollfd> waiting{{listener_, POLLIN, 0}};
      for (const int fd : clients_) waiting.push_back({fd, POLLIN, 0});
      ::poll(waiting.data(), waiting.size(), 10);
      if (type_ == SOCK_DGRAM) {
        echo_datagrams();
        continue;
      }
      if (const int fd = ::accept(listener_, nullptr, nullptr); fd >= 0) clients_.push_back(fd);
      std::erase_if(clients_, [](int fd) { return !echo(fd); });
    }
  }
  static bool echo(int fd) {
    char bytes[4'096];
    const ssize_t size = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0) return true;
    if (size > 0) return ::send(fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
    ::close(fd);
    return false;
  }
  void echo_datagrams() const {
    sockaddr_in from{};
    socklen_t length = sizeof from;
    char bytes[4'096];
    const ssize_t size = ::recvfrom(listener_, bytes, sizeof bytes, MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0) return;
    ::sendto(listener_, bytes, static_cast<std::size_t>(size), 0,
             reinterpret_cast<const sockaddr*>(&from), length);
  }

  const int type_;
  const std::uint16_t port_;
  int listener_;
  std::vector<int> clients_{};
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

class Client {
 public:
  Client(int type, std::uint16_t port) : fd_(connected_socket(type, port)) {}
  ~Client() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool connected() const { return fd_ >= 0; }
  void say(const std::string& text) const {
    ASSERT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // What comes at one time: text, "(end)", "(reset)", "(refused)", or "(silence)".
  std::string hear(std::chrono::milliseconds patience = 5s) const {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) == 0) return "(silence)";
    char bytes[4'096];
    const ssize_t size = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size > 0) return std::string(bytes, static_cast<std::size_t>(size));
    if (size == 0) return "(end)";
    return errno == ECONNRESET ? "(reset)" : "(refused)";
  }
  std::string hear_all(std::size_t wanted) const {
    std::string out;
    while (out.size() < wanted) {
      const std::string lot = hear();
      if (lot.starts_with('(')) return out + lot;
      out += lot;
    }
    return out;
  }

 private:
  int fd_;
};

class TcpProxy : public testing::Test {
 protected:
  std::string asked(const std::string& text) {
    client->say(text);
    return client->hear_all(text.size());
  }
  Echo echo{SOCK_STREAM};
  TcpFaultProxy proxy{echo.port()};
  std::optional<Client> client{std::in_place, SOCK_STREAM, proxy.port()};
};

TEST_F(TcpProxy, IsNotThereWithoutAFault) {
  EXPECT_EQ(asked("hello"), "hello");
  const std::string big(1'000'000, 'x');
  std::thread speaker([&] { client->say(big); });
  EXPECT_EQ(client->hear_all(big.size()), big);
  speaker.join();
  Client other(SOCK_STREAM, proxy.port());
  other.say("me too");
  EXPECT_EQ(other.hear_all(6), "me too");
}

TEST_F(TcpProxy, DelaysEachDirection) {
  proxy.set({.to_server = 60ms, .to_client = 90ms});
  const auto began = ProxyClock::now();
  EXPECT_EQ(asked("hello"), "hello");
  EXPECT_GE(ProxyClock::now() - began, 150ms);
}

TEST_F(TcpProxy, StallsAndLetsGo) {
  for (const bool to_server : {true, false}) {
    proxy.set({.stall_to_server = to_server, .stall_to_client = !to_server});
    client->say("late");
    EXPECT_EQ(client->hear(100ms), "(silence)");
    proxy.heal();
    EXPECT_EQ(client->hear_all(4), "late");
  }
}

TEST_F(TcpProxy, GivesPieces) {
  proxy.set({.piece = 1, .piece_pause = 5ms});
  client->say("abc");
  EXPECT_EQ(client->hear(), "a");
  EXPECT_EQ(client->hear(), "b");
  EXPECT_EQ(client->hear(), "c");
}

TEST_F(TcpProxy, CutsEachReplyInEachWay) {
  proxy.set({.cut_at = 3});
  EXPECT_EQ(asked("abc"), "abc") << "not longer than that";
  client->say("abcdef");
  EXPECT_EQ(client->hear(), "abc");
  EXPECT_EQ(client->hear(50ms), "(silence)");
  client->say("xyz");
  EXPECT_EQ(client->hear(), "xyz") << "the next one is another reply";
  for (const CutEnd how : {CutEnd::close, CutEnd::reset}) {
    client.emplace(SOCK_STREAM, proxy.port());
    proxy.set({.cut_at = 3, .cut_end = how});
    client->say("abcdef");
    std::string got = client->hear();
    // The reset may overtake what was said before it.
    if (got == "abc") got = client->hear();
    EXPECT_EQ(got, how == CutEnd::close ? "(end)" : "(reset)");
  }
  EXPECT_EQ(proxy.counts().cut, 3);
}

TEST_F(TcpProxy, SpoilsBytes) {
  proxy.set({.alter = [](std::string& lot) { lot = "other"; }});
  EXPECT_EQ(asked("hello"), "other");
  proxy.set({.corrupt = 1});
  const std::string got = asked("hello");
  EXPECT_EQ(got.size(), 5u);
  EXPECT_NE(got, "hello");
  EXPECT_EQ(proxy.counts().altered, 2);
}

TEST_F(TcpProxy, IsHalfOpenForOldAndNewConnections) {
  EXPECT_EQ(asked("hello"), "hello");
  proxy.half_open(true);
  client->say("anybody?");
  EXPECT_EQ(client->hear(100ms), "(silence)");
  Client other(SOCK_STREAM, proxy.port());
  ASSERT_TRUE(other.connected());
  other.say("anybody?");
  EXPECT_EQ(other.hear(100ms), "(silence)");
  EXPECT_EQ(proxy.counts().swallowed, 16u);
  proxy.half_open(false);
  client->say("still?");
  EXPECT_EQ(client->hear(100ms), "(silence)") << "the server has forgotten this connection";
  client.emplace(SOCK_STREAM, proxy.port());
  EXPECT_EQ(asked("hello"), "hello");
}

TEST_F(TcpProxy, ResetsAndRefuses) {
  EXPECT_EQ(asked("hello"), "hello");
  proxy.refuse(true);
  EXPECT_FALSE(Client(SOCK_STREAM, proxy.port()).connected());
  EXPECT_EQ(asked("hello"), "hello") << "the connection that was there stays";
  proxy.reset();
  EXPECT_EQ(client->hear(), "(reset)");
  proxy.refuse(false);
  client.emplace(SOCK_STREAM, proxy.port());
  EXPECT_EQ(asked("hello"), "hello");
}

class UdpProxy : public testing::Test {
 protected:
  std::string asked(const std::string& text, std::chrono::milliseconds patience = 5s) {
    client.say(text);
    return client.hear(patience);
  }
  Echo echo{SOCK_DGRAM};
  UdpFaultProxy proxy{echo.port(), 42};
  Client client{SOCK_DGRAM, proxy.port()};
};

TEST_F(UdpProxy, IsNotThereWithoutAFault) {
  Client other(SOCK_DGRAM, proxy.port());
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(asked("hello"), "hello");
    other.say("me too");
    EXPECT_EQ(other.hear(), "me too");
  }
}

TEST_F(UdpProxy, LosesTheShareThatItWasTold) {
  proxy.set({.loss_to_server = 0.3});
  for (int i = 0; i < 300; ++i) client.say("x");
  const auto ready = ProxyClock::now() + 5s;
  while (proxy.counts().lost + proxy.counts().to_client < 300 && ProxyClock::now() < ready) {
    std::this_thread::yield();
  }
  EXPECT_NEAR(proxy.counts().lost, 90, 30);
  proxy.set({.mute = true});
  while (client.hear(0ms) != "(silence)") {
  }
  EXPECT_EQ(asked("hello", 100ms), "(silence)");
}

TEST_F(UdpProxy, DelaysDoublesAndDisorders) {
  proxy.set({.to_server = 30ms, .to_client = 30ms, .twice = 1});
  const auto began = ProxyClock::now();
  EXPECT_EQ(asked("hello"), "hello");
  EXPECT_GE(ProxyClock::now() - began, 60ms);
  EXPECT_EQ(client.hear(), "hello");
  proxy.set({.late = 1, .late_by = 200ms});
  client.say("first");
  const auto late = ProxyClock::now() + 5s;
  while (proxy.counts().late < 1 && ProxyClock::now() < late) std::this_thread::yield();
  proxy.heal();
  EXPECT_EQ(asked("second"), "second");
  EXPECT_EQ(client.hear(), "first");
}

TEST_F(UdpProxy, SpoilsCutsAndRefuses) {
  proxy.set({.cut_at = 3});
  EXPECT_EQ(asked("hello"), "hel");
  proxy.set({.corrupt = 1});
  EXPECT_NE(asked("hello"), "hello");
  proxy.heal();
  proxy.refuse(true);
  EXPECT_EQ(asked("hello"), "(refused)");
  proxy.refuse(false);
  EXPECT_EQ(asked("hello"), "hello");
}

}  // namespace
}  // namespace nightwatt::peers
