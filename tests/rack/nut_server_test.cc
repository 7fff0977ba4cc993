#include "rack/nut_server.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string>

namespace nightwatt::rack {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// A blocking client of a server that runs in the same thread: the loop turns while the client
// waits.
class Session {
 public:
  Session(asio::io_context& io, const NutServer& server) : io_(io), socket_(io) {
    Error ec;
    socket_.connect({asio::ip::address_v4::loopback(), server.port()}, ec);
    connected_ = !ec;
    socket_.non_blocking(true, ec);
  }
  bool connected() const { return connected_; }

  // Everything that comes within `patience` after the last byte; "<closed>" when the server hung
  // up.
  std::string say(const std::string& line,
                  std::chrono::milliseconds patience = std::chrono::milliseconds(20)) {
    Error ec;
    asio::write(socket_, asio::buffer(line), ec);
    std::string got;
    auto limit = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < limit) {
      io_.restart();
      io_.run_for(std::chrono::milliseconds(1));
      char buffer[4'096];
      const auto size = socket_.read_some(asio::buffer(buffer), ec);
      if (ec == asio::error::would_block) continue;
      if (ec) return got + "<closed>";
      got.append(buffer, size);
      if (got.size() > 300'000) return got;
      limit = std::chrono::steady_clock::now() + patience;
    }
    return got;
  }

 private:
  using Error = boost::system::error_code;
  asio::io_context& io_;
  tcp::socket socket_;
  bool connected_ = false;
};

class RackServer : public testing::Test {
 protected:
  asio::io_context io{1};
  SimulatedUps ups;
  NutServer server{io, {.username = "mon", .password = "pw", .drip_delay = Duration(0)}};
  RackServer() { server.add(ups); }
};

TEST_F(RackServer, SpeaksTheProtocol) {
  Session session(io, server);
  EXPECT_EQ(session.say("VER\n"), "Network UPS Tools upsd 2.8.0 - Nightwatt rack\n");
  EXPECT_EQ(session.say("NETVER\n"), "1.3\n");
  EXPECT_EQ(session.say("LIST UPS\n"),
            "BEGIN LIST UPS\nUPS ups1 \"simulated UPS\"\nEND LIST UPS\n");
  EXPECT_EQ(session.say("GET UPSDESC ups1\n"), "UPSDESC ups1 \"simulated UPS\"\n");
  EXPECT_EQ(session.say("get var UPS1 UPS.STATUS\r\n"), "VAR UPS1 UPS.STATUS \"OL\"\n");
  EXPECT_EQ(session.say("GET VAR ups1 no.such\n"), "ERR VAR-NOT-SUPPORTED\n");
  EXPECT_EQ(session.say("GET VAR nobody ups.status\n"), "ERR UNKNOWN-UPS\n");
  EXPECT_EQ(session.say("GET NUMLOGINS ups1\n"), "NUMLOGINS ups1 0\n");
  EXPECT_EQ(session.say("LIST RW ups1\n"), "BEGIN LIST RW ups1\nEND LIST RW ups1\n");
  EXPECT_EQ(session.say("STARTTLS\n"), "ERR FEATURE-NOT-CONFIGURED\n");
  EXPECT_EQ(session.say("\n"), "ERR UNKNOWN-COMMAND\n");
  EXPECT_EQ(session.say("VER 1\n"), "ERR INVALID-ARGUMENT\n");
  EXPECT_EQ(session.say("LOGOUT\n"), "OK Goodbye\n<closed>");
}

TEST_F(RackServer, ListsVariablesAsAskedAndAsTheyAre) {
  Session session(io, server);
  const std::string first = session.say("LIST VAR ups1\n");
  EXPECT_TRUE(first.starts_with("BEGIN LIST VAR ups1\nVAR ups1 battery.charge \"100\"\n")) << first;
  EXPECT_TRUE(first.ends_with("END LIST VAR ups1\n")) << first;
  EXPECT_TRUE(session.say("LIST VAR UPS1\n").starts_with("BEGIN LIST VAR UPS1\nVAR UPS1 "));
  ups.set_charge(50);
  EXPECT_NE(session.say("LIST VAR ups1\n").find("battery.charge \"50\""), std::string::npos);
  EXPECT_EQ(server.stats().list_var, 3u);
}

TEST_F(RackServer, AnswersPipelinedRequestsInOrder) {
  Session session(io, server);
  EXPECT_EQ(session.say("NETVER\nGET VAR ups1 ups.status\nNETVER\n"),
            "1.3\nVAR ups1 ups.status \"OL\"\n1.3\n");
}

TEST_F(RackServer, LetsInWhoHasThePassword) {
  Session session(io, server);
  EXPECT_EQ(session.say("LOGIN ups1\n"), "ERR USERNAME-REQUIRED\n");
  EXPECT_EQ(session.say("USERNAME mon\n"), "OK\n");
  EXPECT_EQ(session.say("USERNAME mon\n"), "ERR ALREADY-SET-USERNAME\n");
  EXPECT_EQ(session.say("LOGIN ups1\n"), "ERR PASSWORD-REQUIRED\n");
  EXPECT_EQ(session.say("PASSWORD pw\n"), "OK\n");
  EXPECT_EQ(session.say("LOGIN nobody\n"), "ERR UNKNOWN-UPS\n");
  EXPECT_EQ(session.say("LOGIN ups1\n"), "OK\n");
  EXPECT_EQ(session.say("LOGIN ups1\n"), "ERR ALREADY-LOGGED-IN\n");
  Session other(io, server);
  EXPECT_EQ(other.say("USERNAME mon\nPASSWORD no\nLOGIN ups1\n"), "OK\nOK\nERR ACCESS-DENIED\n");
}

TEST_F(RackServer, EachFaultLooksAsItIsNamed) {
  const auto ask = [&](Fault fault) {
    server.set_fault(fault);
    Session session(io, server);
    return session.say("LIST VAR ups1\n");
  };
  const std::string good = ask(Fault::none);
  EXPECT_EQ(ask(Fault::mute), "");
  EXPECT_EQ(ask(Fault::stale), "ERR DATA-STALE\n");
  EXPECT_EQ(ask(Fault::driver_gone), "ERR DRIVER-NOT-CONNECTED\n");
  EXPECT_EQ(ask(Fault::unknown_ups), "ERR UNKNOWN-UPS\n");
  EXPECT_EQ(ask(Fault::reset_at_login), "<closed>");
  EXPECT_EQ(ask(Fault::half_line), good.substr(0, good.size() / 2));
  EXPECT_EQ(ask(Fault::cut_reply), good.substr(0, good.size() / 2) + "<closed>");
  EXPECT_GT(ask(Fault::flood).size(), 300'000u);
  EXPECT_EQ(ask(Fault::long_line).substr(100'000).find('\n'), std::string::npos);
  EXPECT_NE(ask(Fault::garbage).find('\0'), std::string::npos);
  EXPECT_NE(ask(Fault::lies).find("battery.charge \"-5\""), std::string::npos);
  EXPECT_TRUE(ask(Fault::wrong_ups).starts_with("BEGIN LIST VAR another\n"));
  EXPECT_EQ(ask(Fault::drip), good);
  EXPECT_EQ(ask(Fault::none), good);
}

TEST_F(RackServer, DownRefusesAndUpListensOnTheSamePort) {
  const auto port = server.port();
  Session before(io, server);
  ASSERT_EQ(before.say("NETVER\n"), "1.3\n");
  server.set_fault(Fault::down);
  EXPECT_EQ(before.say(""), "<closed>");
  EXPECT_FALSE(Session(io, server).connected());
  server.set_fault(Fault::none);
  EXPECT_EQ(server.port(), port);
  EXPECT_EQ(Session(io, server).say("NETVER\n"), "1.3\n");
}

TEST_F(RackServer, WhileDownNobodyElseGetsThePort) {
  server.set_fault(Fault::down);
  tcp::acceptor other(io);
  other.open(tcp::v4());
  boost::system::error_code ec;
  other.bind({asio::ip::address_v4::loopback(), server.port()}, ec);
  EXPECT_EQ(ec, asio::error::address_in_use);
}

TEST_F(RackServer, APortThatSomebodyTookWhileDownIsTakenBackWhenItIsFree) {
  server.set_fault(Fault::down);
  tcp::acceptor thief(io);
  thief.open(tcp::v4());
  thief.set_option(tcp::acceptor::reuse_address(true));
  thief.bind({asio::ip::address_v4::loopback(), server.port()});
  thief.listen();
  server.set_fault(Fault::none);
  io.run_for(std::chrono::milliseconds(50));
  thief.close();
  bool back = false;
  for (int tries = 0; tries < 100 && !back; ++tries) {
    io.restart();
    io.run_for(std::chrono::milliseconds(10));
    back = Session(io, server).connected();
  }
  EXPECT_TRUE(back);
  EXPECT_EQ(Session(io, server).say("NETVER\n"), "1.3\n");
}

TEST_F(RackServer, IdleConnectionsAreClosed) {
  NutServer strict(io, {.idle_limit = Duration(40)});
  strict.add(ups);
  Session session(io, strict);
  EXPECT_EQ(session.say("NETVER\n", std::chrono::milliseconds(500)), "1.3\n<closed>");
}

TEST_F(RackServer, AnEndlessRequestIsNotCollected) {
  Session session(io, server);
  EXPECT_EQ(session.say(std::string(10'000, 'x')), "<closed>");
}

TEST(Faults, HaveNames) {
  for (std::size_t i = 0; i < fault_count; ++i) EXPECT_NE(to_string(static_cast<Fault>(i)), "?");
  EXPECT_EQ(to_string(static_cast<Fault>(fault_count)), "?");
}

}  // namespace
}  // namespace nightwatt::rack
