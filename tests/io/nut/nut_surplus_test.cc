#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <string>

#include "tests/io/nut/link_story.h"

// A server that says more than it was asked for: its next bytes would be taken for the next answer.
namespace nightwatt::io {
namespace {

using boost::asio::ip::tcp;

const std::string list = "BEGIN LIST VAR ups1\nVAR ups1 ups.status \"OL\"\nEND LIST VAR ups1\n";

class NutSurplus : public testing::Test {
 protected:
  LinkStory story;
  tcp::acceptor acceptor{story.io, {boost::asio::ip::address_v4::loopback(), 0}};
  tcp::socket peer{story.io};
  std::string reply = list;
  int accepted = 0;
  char request[256] = {};

  NutSurplus() {
    accept();
    story.open(acceptor.local_endpoint().port());
  }
  void accept() {
    acceptor.async_accept([this](const auto& ec, tcp::socket socket) {
      if (ec) return;
      ++accepted;
      peer = std::move(socket);
      answer();
      accept();
    });
  }
  void answer() {
    peer.async_read_some(boost::asio::buffer(request), [this](const auto& ec, std::size_t) {
      if (ec) return;
      say(reply);
      answer();
    });
  }
  void say(const std::string& text) {
    boost::system::error_code ec;
    boost::asio::write(peer, boost::asio::buffer(text), ec);
  }
};

TEST_F(NutSurplus, AReplyWithMoreBehindItCountsAndEndsTheConnection) {
  reply = list + "OK\n";
  EXPECT_EQ(story.poll(), "replied OL -");
  EXPECT_FALSE(story.link->stats().connected);
  EXPECT_EQ(story.poll(), "replied OL -");
  EXPECT_EQ(accepted, 2);
}

TEST_F(NutSurplus, WhatComesUnaskedIsNotTheNextAnswer) {
  EXPECT_EQ(story.poll(), "replied OL -");
  say("BEGIN LIST VAR ups1\nVAR ups1 ups.status \"OB LB\"\nEND LIST VAR ups1\n");
  story.settle();
  EXPECT_FALSE(story.link->stats().connected);
  EXPECT_EQ(story.poll(), "replied OL -");
  EXPECT_EQ(accepted, 2);
}

}  // namespace
}  // namespace nightwatt::io
