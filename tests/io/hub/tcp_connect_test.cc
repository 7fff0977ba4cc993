#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "io/hub/tcp_connect.h"
#include "tests/io/hub/hub_story.h"
#include "tests/peers/black_hole.h"
#include "tests/peers/free_port.h"

namespace nightwatt::io {
namespace {

using boost::asio::ip::tcp;

struct Asker final : TcpConnect::Caller {
  std::unique_ptr<TcpConnect> attempt{};
  std::optional<TcpSocket> socket{};
  std::string told{};
  Ear ear{};
  void connected(TcpSocket made) override {
    socket = std::move(made);
    EXPECT_FALSE(socket->settle(ear));
    told = "connected";
    attempt.reset();
  }
  void not_connected(const ConnectFailure& failure) override {
    told += std::string(to_string(failure.failure)) + ": " + failure.text;
    attempt.reset();
  }
};

class Connect : public testing::Test {
 protected:
  boost::asio::io_context io{1};
  std::shared_ptr<DeviceSockets> shared = std::make_shared<DeviceSockets>(io);
  Asker asker;

  void begin(std::string host, std::uint16_t port, Duration timeout = Duration(5'000)) {
    asker.told.clear();
    asker.attempt =
        std::make_unique<TcpConnect>(shared, std::move(host), port, TimeOut(timeout), asker);
    EXPECT_EQ(asker.told, "");  // never from inside
  }
  std::string result() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (asker.told.empty() && std::chrono::steady_clock::now() < limit) {
      io.restart();
      io.run_one_until(limit);
    }
    return asker.told;
  }
};

TEST_F(Connect, GivesASocketThatReadsWritesAndHearsTheEnd) {
  tcp::acceptor server(io, {boost::asio::ip::address_v4::loopback(), 0});
  begin("127.0.0.1", server.local_endpoint().port());
  ASSERT_EQ(result(), "connected");
  tcp::socket peer = server.accept();
  EXPECT_EQ(asker.socket->write("hello").bytes, 5u);
  std::array<char, 16> bytes{};
  EXPECT_EQ(peer.read_some(boost::asio::buffer(bytes)), 5u);
  EXPECT_EQ(asker.socket->read(bytes).error, boost::asio::error::would_block);
  peer.close();
  while (asker.ear.calls == 0) io.run_one();
  EXPECT_TRUE(asker.ear.last & EPOLLRDHUP);
  EXPECT_EQ(asker.socket->read(bytes).error, boost::asio::error::eof);
  asker.socket->close();
  EXPECT_FALSE(asker.socket->open());
  EXPECT_EQ(shared->hub.watched(), 0u);
}

TEST_F(Connect, ARefusalIsToldOnce) {
  begin("127.0.0.1", peers::free_port());
  EXPECT_EQ(result(), "unreachable: connection refused");
  EXPECT_EQ(shared->hub.watched(), 0u);
}

TEST_F(Connect, ANameIsLookedUpAndEachOfItsAddressesTried) {
  tcp::acceptor server(io, {boost::asio::ip::address_v4::loopback(), 0});
  begin("localhost", server.local_endpoint().port());
  EXPECT_EQ(result(), "connected");
  begin("localhost", server.local_endpoint().port());  // known now
  EXPECT_EQ(result(), "connected");
}

TEST_F(Connect, AnUnknownNameIsToldAsOne) {
  begin(std::string(70, 'x'), 1);
  EXPECT_TRUE(result().starts_with("unreachable: name not found: ")) << asker.told;
}

TEST_F(Connect, AnAddressThatCannotBeTriedIsToldFromTheLoop) {
  begin("255.255.255.255", 1);  // a broadcast: connect() itself refuses
  EXPECT_TRUE(result().starts_with("unreachable: ")) << asker.told;
}

TEST_F(Connect, WhoJoinsAnAttemptBringsItsOwnLimit) {
  const peers::BlackHole hole;
  const auto start = std::chrono::steady_clock::now();
  begin("127.0.0.1", hole.port(), Duration(200));
  asker.attempt->limit(TimeOut(Duration(500)));
  EXPECT_EQ(result(), "timed_out: no connection in 500 ms");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(450));
  begin("127.0.0.1", hole.port());
  asker.attempt->limit(TimeOut(Duration(100)));
  EXPECT_EQ(result(), "timed_out: no connection in 100 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1'500));
}

// A listener whose queue is full: further SYNs are dropped, as by a host that is not there.
TEST_F(Connect, SilenceCostsTheTimeoutAndEndsSilentlyWhenGivenUp) {
  tcp::acceptor full(io, tcp::v4());
  full.bind({boost::asio::ip::address_v4::loopback(), 0});
  full.listen(0);
  std::vector<tcp::socket> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(io).async_connect(full.local_endpoint(), [](const auto&) {});
  }
  io.poll();
  const auto start = std::chrono::steady_clock::now();
  begin("127.0.0.1", full.local_endpoint().port(), Duration(500));
  EXPECT_EQ(result(), "timed_out: no connection in 500 ms");
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(450));
  begin("127.0.0.1", full.local_endpoint().port(), Duration(10));
  asker.attempt.reset();
  io.restart();
  io.run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(asker.told, "");
  EXPECT_EQ(shared->hub.watched(), 0u);
}

TEST_F(Connect, AnAttemptGivenUpWhileItLooksUpSaysNothing) {
  begin("localhost", 1);
  asker.attempt.reset();
  io.restart();
  io.run_for(std::chrono::milliseconds(50));
  EXPECT_EQ(asker.told, "");
}

}  // namespace
}  // namespace nightwatt::io
