#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/io/mqtt/mqtt_story.h"
#include "tests/peers/free_port.h"

// The way to a broker behind TLS, and what its certificates must be.
namespace nightwatt::io {
namespace {

using namespace std::chrono_literals;
using peers::Publisher;
using peers::RealMosquitto;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

class MqttTls : public testing::Test {
 protected:
  void SetUp() override {
    if (!RealMosquitto::missing().empty()) GTEST_SKIP() << RealMosquitto::missing();
  }
  void start(bool client_certificates = false) {
    broker = std::make_unique<RealMosquitto>(RealMosquitto::Settings{
        .tls = true, .client_certificates = client_certificates, .acl = {}});
    target = MqttStory::target(broker->tls_port());
    target.host = "localhost";
    target.broker.tls = true;
    target.broker.ca_file = broker->file("ca.pem");
  }
  void expect_reading() {
    Publisher* const quiet = client_publisher();
    ASSERT_TRUE(story.subscribed());
    quiet->publish("ups/a/status", "OL");
    quiet->publish("ups/a/battery", "{\"charge\":64}");
    EXPECT_EQ(story.poll(), "replied OL 64");
  }
  Publisher* client_publisher() {
    device = std::make_unique<Publisher>(*broker);
    return device.get();
  }
  // A mosquitto that has just seen a handshake fail may close the next connection as well, before
  // it has shown its certificate.
  std::string refusal() {
    std::string got;
    for (int tries = 0; tries < 10 && got.find("certificate") == std::string::npos; ++tries) {
      story.open(target);
      got = story.poll();
    }
    return got;
  }
  std::unique_ptr<RealMosquitto> broker{};
  std::unique_ptr<Publisher> device{};
  MqttTarget target{};
  MqttStory story{};
};

TEST_F(MqttTls, AUpsIsReadThroughIt) {
  start();
  story.open(target);
  expect_reading();
}

TEST_F(MqttTls, AnAddressOfTheCertificateWillDo) {
  start();
  target.host = "127.0.0.1";
  story.open(target);
  expect_reading();
}

TEST_F(MqttTls, ACertificateOfAnotherAuthorityIsRefused) {
  start();
  target.broker.ca_file = broker->file("other.pem");
  const std::string got = refusal();
  EXPECT_THAT(got, StartsWith("unauthorised: mqtt-a1 (localhost:"));
  EXPECT_THAT(got, HasSubstr("the broker's certificate is refused: "));
  target.broker.ca_file.clear();  // the system's authorities did not sign it either
  EXPECT_THAT(refusal(), HasSubstr("the broker's certificate is refused: "));
}

TEST_F(MqttTls, ACertificateForAnotherHostIsRefused) {
  start();
  broker->forget_address();
  target.host = "127.0.0.1";
  EXPECT_THAT(refusal(), HasSubstr("the broker's certificate is refused: IP address mismatch"));
  EXPECT_EQ(story.link->stats().connects, 0u);
}

TEST_F(MqttTls, AClientCertificateIsShownWhenItIsDemanded) {
  start(true);
  story.open(target);
  EXPECT_THAT(story.poll(),
              AnyOf(HasSubstr("the broker refuses our certificate"), HasSubstr("unreachable")));
  EXPECT_EQ(story.link->stats().connects, 0u);
  target.broker.certificate_file = broker->file("client.pem");
  target.broker.key_file = broker->file("client.key");
  story.open(target);
  expect_reading();
}

TEST_F(MqttTls, AFileThatCannotBeReadIsNamed) {
  start();
  target.broker.ca_file = "/nowhere/ca.pem";
  story.open(target);
  EXPECT_THAT(story.poll(), HasSubstr("ca_file /nowhere/ca.pem: "));
  target.broker.ca_file = broker->file("ca.pem");
  target.broker.certificate_file = broker->file("client.pem");
  target.broker.key_file = broker->file("ca.key");  // not its key
  story.open(target);
  EXPECT_THAT(story.poll(), HasSubstr("key_file "));
}

TEST_F(MqttTls, ThatTheOtherSideDoesNotSpeakIsAnErrorAndNoHang) {
  start();
  target.port = broker->port();  // the plain listener
  story.open(target);
  EXPECT_THAT(story.poll(), StartsWith("unreachable: mqtt-a1"));
  auto plain = MqttStory::target(broker->tls_port());
  story.open(plain);
  EXPECT_THAT(story.poll(), StartsWith("unreachable: mqtt-a1"));
  target.port = peers::free_port();
  story.open(target);
  EXPECT_THAT(story.poll(), HasSubstr("connection refused"));
}

TEST_F(MqttTls, ABrokerThatHangsInTheHandshakeCostsTheConnectionTimeout) {
  start();
  broker->hang();
  target.broker.connection_timeout = 300ms;
  story.open(target);
  EXPECT_THAT(story.poll(), HasSubstr("no session in 300 ms"));
  EXPECT_LT(story.sockets->hub.turns(), 50u);  // and no spinning
  broker->go_on();
}

TEST_F(MqttTls, ManyMessagesInOneRecordAreAllHeard) {
  start();
  story.open(target);
  expect_reading();
  const auto whole = story.link->stats().bytes_in + 2'000 * 13;
  for (int i = 0; i < 2'000; ++i) device->throw_in("ups/a/battery", "{\"charge\":55}");
  EXPECT_TRUE(story.until([&] { return story.link->stats().bytes_in >= whole; }));
}

}  // namespace
}  // namespace nightwatt::io
