#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/peers/temp_dir.h"

struct mosquitto;

// A real mosquitto broker on loopback: a plain and a TLS listener, each with the same password
// file. Its certificate is for "localhost" and 127.0.0.1, by a certificate authority of its own
// that is thrown away with it. Started and ended by its process id; it dies with the test.
namespace nightwatt::peers {

class RealMosquitto {
 public:
  static constexpr const char* user = "mon";
  static constexpr const char* password = "monpw";

  struct Settings {
    bool tls = false;                  // makes the certificates, which takes a moment
    bool client_certificates = false;  // the TLS listener demands one
    std::string acl{};                 // acl_file; empty: everybody may do everything
  };

  // Empty when a real broker can be run here; else why not, for GTEST_SKIP.
  static std::string missing();

  // Returns when the broker takes clients; aborts the test program after ten seconds.
  RealMosquitto();
  explicit RealMosquitto(Settings settings);
  ~RealMosquitto();
  RealMosquitto(const RealMosquitto&) = delete;
  RealMosquitto& operator=(const RealMosquitto&) = delete;

  std::uint16_t port() const { return port_; }  // the same after a restart
  std::uint16_t tls_port() const { return tls_port_; }
  std::string file(const std::string& name) const { return folder_.file(name); }
  // ca.pem, client.pem, client.key; other.pem is an authority that signed nothing here.

  // --- the broker itself ---
  void hang();   // SIGSTOP
  void go_on();  // SIGCONT
  void kill();   // retained messages are gone
  void start();
  void restart() {
    kill();
    start();
  }
  void forget_address();  // restarted with a certificate for "localhost" alone

 private:
  void write_files();
  void make_certificates();
  void sign(const std::string& name);
  void spawn();
  void wait_served() const;
  int times_running() const;  // how often the log says so

  Settings settings_;
  TempDir folder_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  pid_t pid_ = 0;
  int spawned_ = 0;
  bool hanging_ = false;
};

// A publisher with a session of its own, on a thread of libmosquitto's.
class Publisher {
 public:
  // `will_topic`: "offline" is left there, retained, when it is torn off.
  explicit Publisher(const RealMosquitto& broker, const std::string& will_topic = {});
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // Returns when the broker has it.
  void publish(const std::string& topic, std::string_view payload, bool retained = false);
  // Does not wait.
  void throw_in(const std::string& topic, std::string_view payload);
  // Answers every message on `topic` with `answer` on `reply_topic`.
  void answer(const std::string& topic, const std::string& reply_topic, const std::string& answer);
  // What came on the topic of answer(), newest last; one line each.
  std::string received() const;
  // The connection is cut without a farewell.
  void tear_off();

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace nightwatt::peers
