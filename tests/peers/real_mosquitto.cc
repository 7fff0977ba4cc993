#include "tests/peers/real_mosquitto.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/check.h"
#include "tests/peers/free_port.h"

namespace nightwatt::peers {
namespace {

constexpr const char* program = "/usr/sbin/mosquitto";
constexpr auto patience = std::chrono::seconds(10);
const std::string new_key = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ";

bool listens(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool yes = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return yes;
}

void run(const std::string& command) {
  if (std::system(command.c_str()) == 0) return;  // NOLINT: our own words
  std::cerr << "real mosquitto: this failed: " << command << '\n';
  std::abort();
}

}  // namespace

std::string RealMosquitto::missing() {
  return ::access(program, X_OK) == 0
             ? ""
             : std::string(program) + " is not installed (package mosquitto)";
}

RealMosquitto::RealMosquitto() : RealMosquitto(Settings{}) {}

RealMosquitto::RealMosquitto(Settings settings)
    : settings_(std::move(settings)), port_(free_port()), tls_port_(free_port()) {
  write_files();
  start();
}

RealMosquitto::~RealMosquitto() { kill(); }

void RealMosquitto::write_files() {
  write_file(file("passwords"), std::string(user) + ":" + password + "\n");
  ::chmod(file("passwords").c_str(), 0600);
  run("mosquitto_passwd -U " + file("passwords"));
  std::string text = "user root\nallow_anonymous false\npassword_file " + file("passwords") +
                     "\nsys_interval 0\nmax_queued_messages 0\nlistener " + std::to_string(port_) +
                     " 127.0.0.1\n";
  if (!settings_.acl.empty()) {
    write_file(file("acl"), settings_.acl);
    ::chmod(file("acl").c_str(), 0600);
    text += "acl_file " + file("acl") + "\n";
  }
  if (settings_.tls) {
    make_certificates();
    text += "listener " + std::to_string(tls_port_) + " 127.0.0.1\ncafile " + file("ca.pem") +
            "\ncertfile " + file("server.pem") + "\nkeyfile " + file("server.key") + "\n";
    if (settings_.client_certificates) text += "require_certificate true\n";
  }
  write_file(file("mosquitto.conf"), text);
}

void RealMosquitto::make_certificates() {
  for (const std::string name : {"ca", "other"}) {
    run("cd " + folder_.path() + " && exec 2>/dev/null && openssl req -x509" + new_key +
        "-days 2 -subj /CN=test-" + name + " -keyout " + name + ".key -out " + name + ".pem");
  }
  write_file(file("server.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  write_file(file("client.ext"), "extendedKeyUsage=clientAuth\n");
  sign("server");
  sign("client");
}

void RealMosquitto::sign(const std::string& name) {
  run("cd " + folder_.path() + " && exec 2>/dev/null && openssl req" + new_key + "-subj /CN=" +
      name + " -keyout " + name + ".key -out " + name + ".csr && openssl x509 -req -in " + name +
      ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile " + name + ".ext -out " +
      name + ".pem");
}

void RealMosquitto::forget_address() {
  kill();
  write_file(file("server.ext"), "subjectAltName=DNS:localhost\n");
  sign("server");
  start();
}

void RealMosquitto::spawn() {
  const std::string configuration = file("mosquitto.conf");
  const std::string log = file("log");
  const char* const arguments[] = {"mosquitto", "-c", configuration.c_str(), nullptr};
  const char* const environment[] = {nullptr};
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  NW_CHECK(pid_ >= 0);
  if (pid_ > 0) return;
  // In the child only what is safe after a fork of a process with threads.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  const int in = ::open("/dev/null", O_RDONLY);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::close_range(3, ~0U, 0);
  ::execve(program, const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
  ::_exit(127);
}

void RealMosquitto::start() {
  NW_CHECK(pid_ == 0);
  ++spawned_;
  spawn();
  wait_served();
}

void RealMosquitto::wait_served() const {
  const auto limit = std::chrono::steady_clock::now() + patience;
  // It opens all listeners before it says that it runs. The one with TLS is not tried out: a
  // handshake that fails makes this mosquitto close the next connection as well.
  while (!listens(port_) || times_running() < spawned_) {
    if (std::chrono::steady_clock::now() > limit) {
      std::cerr << "real mosquitto does not listen:\n" << read_file(file("log"));
      std::abort();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

int RealMosquitto::times_running() const {
  const std::string log = read_file(file("log"));
  int times = 0;
  for (auto at = log.find(" running\n"); at != std::string::npos;
       at = log.find(" running\n", at + 1))
    ++times;
  return times;
}

void RealMosquitto::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  hanging_ = false;
}

void RealMosquitto::hang() {
  NW_CHECK(pid_ != 0);
  ::kill(pid_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);  // returns when it has stopped
  hanging_ = true;
}

void RealMosquitto::go_on() {
  NW_CHECK(pid_ != 0);
  ::kill(pid_, SIGCONT);
  hanging_ = false;
}

// --- a device -----------------------------------------------------------------------------------

struct Publisher::Shared {
  mosquitto* client = nullptr;
  mutable std::mutex mutex{};
  std::condition_variable changed{};
  bool up = false;
  bool subscribed = false;
  std::set<int> confirmed{};
  std::string reply_topic{}, reply{}, received{};

  template <class Done>
  void wait(Done done, const char* what) {
    std::unique_lock lock(mutex);
    if (changed.wait_for(lock, patience, done)) return;
    std::cerr << "publisher: " << what << " did not happen\n";
    std::abort();
  }
};

Publisher::Publisher(const RealMosquitto& broker, const std::string& will_topic)
    : shared_(std::make_unique<Shared>()) {
  Shared* const it = shared_.get();
  mosquitto_lib_init();
  it->client = mosquitto_new(nullptr, true, it);
  mosquitto_username_pw_set(it->client, RealMosquitto::user, RealMosquitto::password);
  if (!will_topic.empty())
    mosquitto_will_set(it->client, will_topic.c_str(), 7, "offline", 1, true);
  mosquitto_connect_callback_set(it->client, [](mosquitto*, void* self, int) {
    const std::lock_guard lock(static_cast<Shared*>(self)->mutex);
    static_cast<Shared*>(self)->up = true;
    static_cast<Shared*>(self)->changed.notify_all();
  });
  mosquitto_publish_callback_set(it->client, [](mosquitto*, void* self, int message) {
    const std::lock_guard lock(static_cast<Shared*>(self)->mutex);
    static_cast<Shared*>(self)->confirmed.insert(message);
    static_cast<Shared*>(self)->changed.notify_all();
  });
  mosquitto_subscribe_callback_set(it->client, [](mosquitto*, void* self, int, int, const int*) {
    const std::lock_guard lock(static_cast<Shared*>(self)->mutex);
    static_cast<Shared*>(self)->subscribed = true;
    static_cast<Shared*>(self)->changed.notify_all();
  });
  mosquitto_message_callback_set(
      it->client, [](mosquitto* client, void* self, const mosquitto_message* message) {
        Shared& shared = *static_cast<Shared*>(self);
        {
          const std::lock_guard lock(shared.mutex);
          shared.received.append(static_cast<const char*>(message->payload),
                                 static_cast<std::size_t>(message->payloadlen));
          shared.received += '\n';
        }
        if (shared.reply_topic.empty()) return;
        mosquitto_publish(client, nullptr, shared.reply_topic.c_str(),
                          static_cast<int>(shared.reply.size()), shared.reply.data(), 1, false);
      });
  NW_CHECK(mosquitto_connect(it->client, "127.0.0.1", broker.port(), 30) == MOSQ_ERR_SUCCESS);
  NW_CHECK(mosquitto_loop_start(it->client) == MOSQ_ERR_SUCCESS);
  it->wait([it] { return it->up; }, "the connection");
}

Publisher::~Publisher() {
  if (shared_->client == nullptr) return;
  mosquitto_disconnect(shared_->client);
  mosquitto_loop_stop(shared_->client, false);
  mosquitto_destroy(shared_->client);
}

void Publisher::publish(const std::string& topic, std::string_view payload, bool retained) {
  int message = 0;
  NW_CHECK(mosquitto_publish(shared_->client, &message, topic.c_str(),
                             static_cast<int>(payload.size()), payload.data(), 1,
                             retained) == MOSQ_ERR_SUCCESS);
  Shared* const it = shared_.get();
  it->wait([it, message] { return it->confirmed.contains(message); }, "the confirmation");
}

void Publisher::throw_in(const std::string& topic, std::string_view payload) {
  mosquitto_publish(shared_->client, nullptr, topic.c_str(), static_cast<int>(payload.size()),
                    payload.data(), 0, false);
}

void Publisher::answer(const std::string& topic, const std::string& reply_topic,
                       const std::string& answer) {
  Shared* const it = shared_.get();
  it->reply_topic = reply_topic;
  it->reply = answer;
  it->subscribed = false;
  mosquitto_subscribe(it->client, nullptr, topic.c_str(), 1);
  it->wait([it] { return it->subscribed; }, "the subscription");
}

std::string Publisher::received() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->received;
}

void Publisher::tear_off() {
  // The loop ends first, so that nothing connects again.
  mosquitto_loop_stop(shared_->client, true);
  ::shutdown(mosquitto_socket(shared_->client), SHUT_RDWR);
  mosquitto_destroy(std::exchange(shared_->client, nullptr));
}

}  // namespace nightwatt::peers
