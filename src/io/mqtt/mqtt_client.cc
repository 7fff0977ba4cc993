#include "io/mqtt/mqtt_client.h"

#include <mosquitto.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "io/hub/socket_error.h"
#include "io/mqtt/session_end.h"

namespace nightwatt::io {
namespace {

// Packets of one turn of the loop: a flood must not keep others from theirs.
constexpr int turn_packets_max = 64;
// libmosquitto looks at its keepalive when it is called, and counts seconds.
constexpr auto misc_interval = std::chrono::seconds(1);
constexpr int keepalive_s_min = 5;  // libmosquitto's own
constexpr int keepalive_s_max = 65'535;

int keepalive_of(const MqttBroker& broker) {
  const auto whole = broker.keepalive.count() / 1'000;
  return static_cast<int>(std::clamp<std::int64_t>(whole, keepalive_s_min, keepalive_s_max));
}

}  // namespace

void MqttClient::LibraryEnd::operator()(mosquitto* client) const { mosquitto_destroy(client); }

MqttClient::MqttClient(std::shared_ptr<DeviceSockets> sockets, const MqttTarget& target,
                       Owner& owner)
    : sockets_(std::move(sockets)),
      target_(target),
      owner_(owner),
      deadline_(sockets_->deadlines, *this),
      until_(Clock::now() + target.broker.connection_timeout) {
  addresses_ = sockets_->names->known(target_.host);
  if (addresses_.empty()) {
    look_up();
  } else {
    try_next_address();
  }
}

MqttClient::~MqttClient() {
  NW_CHECK(!at_work_);
  watch_.reset();
}

// --- the way up ---------------------------------------------------------------------------------

void MqttClient::look_up() {
  deadline_.set(until_);
  looking_up_ = std::make_shared<MqttClient*>(this);
  sockets_->names->look_up(
      target_.host, [client = std::weak_ptr(looking_up_)](const Error& ec,
                                                          const NameCache::Addresses& addresses) {
        if (const auto alive = client.lock()) (*alive)->resolved(ec, addresses);
      });
}

void MqttClient::resolved(const Error& ec, const NameCache::Addresses& addresses) {
  looking_up_.reset();
  if (addresses.empty()) {
    return end(
        {MessageFailure::unreachable, "name not found: " + (ec ? describe(ec) : "no address")});
  }
  addresses_ = addresses;
  try_next_address();
}

void MqttClient::try_next_address() {
  state_ = State::connecting;
  watch_.reset();
  library_.reset();
  const auto now = Clock::now();
  const auto left = std::max(until_ - now, Clock::duration::zero());
  share_ = now + left / static_cast<int>(addresses_.size() - next_);
  at_once_ = begin(addresses_[next_++]);
  rearm();
}

bool MqttClient::prepare() {
  library_.reset(mosquitto_new(target_.broker.client_id.c_str(), true, this));
  if (!library_) return false;
  mosquitto* it = library_.get();
  hear_library();
  mosquitto_int_option(it, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V311);
  mosquitto_int_option(it, MOSQ_OPT_TCP_NODELAY, 1);
  if (!target_.username.empty())
    mosquitto_username_pw_set(it, target_.username.c_str(), target_.password.c_str());
  const std::string& will = target_.broker.will_topic;
  constexpr std::string_view gone = "offline";
  if (!will.empty())
    mosquitto_will_set(it, will.c_str(), static_cast<int>(gone.size()), gone.data(), 1, true);
  if (!tls_) return true;
  mosquitto_int_option(it, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
  return mosquitto_void_option(it, MOSQ_OPT_SSL_CTX, tls_.get()) == MOSQ_ERR_SUCCESS;
}

// A literal address is connected without waiting: the socket is non-blocking before connect(), and
// the name service is not asked. TLS and CONNECT go on as the socket becomes ready.
std::optional<SessionEnd> MqttClient::begin(const boost::asio::ip::address& address) {
  if (target_.broker.tls && !tls_) {
    auto made = make_tls_context(target_);
    if (!made) return SessionEnd{MessageFailure::unauthorised, made.error(), false};
    tls_ = std::move(*made);
  }
  if (!prepare()) return SessionEnd{MessageFailure::unreachable, "no memory for a client", false};
  ERR_clear_error();
  library_error_.clear();
  errno = 0;
  const int result = mosquitto_connect_async(library_.get(), address.to_string().c_str(),
                                             target_.port, keepalive_of(target_.broker));
  const int problem = errno;
  const int fd = mosquitto_socket(library_.get());
  // With TLS a refusal at once is overlooked, and only errno has it.
  const bool dead = problem == ECONNREFUSED || problem == ENETUNREACH || problem == EHOSTUNREACH;
  // On a busy machine the broker's certificate may have come, and been refused, by now.
  const std::string certificate = certificate_problem(tls_.get());
  if (result != MOSQ_ERR_SUCCESS || fd < 0 || dead || !certificate.empty())
    return session_end(result, problem, certificate, library_error_);
  auto watch = sockets_->hub.add(fd, EPOLLIN | EPOLLRDHUP | EPOLLOUT, *this);
  if (!watch) return SessionEnd{MessageFailure::unreachable, describe(watch.error()), true};
  watch_ = std::move(*watch);
  return std::nullopt;
}

void MqttClient::hear_library() {
  mosquitto* it = library_.get();
  mosquitto_log_callback_set(it, [](mosquitto*, void* self, int level, const char* text) {
    if (level == MOSQ_LOG_ERR) static_cast<MqttClient*>(self)->library_error_ = text;
  });
  mosquitto_connect_callback_set(it, [](mosquitto*, void* self, int answer) {
    static_cast<MqttClient*>(self)->answer_ = answer;
  });
  mosquitto_message_callback_set(it, [](mosquitto*, void* self, const mosquitto_message* message) {
    const std::string_view payload(static_cast<const char*>(message->payload),
                                   static_cast<std::size_t>(message->payloadlen));
    static_cast<MqttClient*>(self)->owner_.heard(message->topic, payload, message->retain);
  });
  mosquitto_publish_callback_set(it, [](mosquitto*, void* self, int message) {
    static_cast<MqttClient*>(self)->owner_.broker_has(message);
  });
  mosquitto_subscribe_callback_set(
      it, [](mosquitto*, void* self, int request, int count, const int* granted) {
        for (int i = 0; i < count; ++i) {
          static_cast<MqttClient*>(self)->owner_.subscribed(request, static_cast<std::size_t>(i),
                                                            granted[i] <= 2);
        }
      });
}

// --- the socket ---------------------------------------------------------------------------------

void MqttClient::ready(std::uint32_t events) {
  errno = 0;
  ERR_clear_error();
  at_work_ = true;
  int result = read_some();
  // While TLS shakes hands only a read drives it; the CONNECT behind it needs a write.
  if (result == MOSQ_ERR_SUCCESS && mosquitto_socket(library_.get()) >= 0)
    result = mosquitto_loop_write(library_.get(), 1);
  const int problem = errno;
  at_work_ = false;
  after_library(result, problem, events);
}

int MqttClient::read_some() {
  more_later_ = false;
  std::size_t waiting = 0;
  for (int packet = 0; packet < turn_packets_max; ++packet) {
    errno = 0;
    if (const int result = mosquitto_loop_read(library_.get(), 1)) return result;
    const std::size_t now_waiting = unread();
    if (now_waiting == 0 || now_waiting == waiting) return MOSQ_ERR_SUCCESS;
    waiting = now_waiting;
  }
  more_later_ = true;  // what OpenSSL has taken from the socket, epoll does not tell
  return MOSQ_ERR_SUCCESS;
}

// Bytes that came and that libmosquitto has not seen.
std::size_t MqttClient::unread() const {
  const int fd = mosquitto_socket(library_.get());
  int in_kernel = 0;
  if (fd < 0 || ::ioctl(fd, FIONREAD, &in_kernel) != 0) return 0;
  const auto* session = static_cast<SSL*>(mosquitto_ssl_get(library_.get()));
  const int in_session = session != nullptr ? SSL_pending(session) : 0;
  return static_cast<std::size_t>(in_kernel) + static_cast<std::size_t>(in_session);
}

void MqttClient::after_library(int result, int problem, std::uint32_t events) {
  if (answer_ && *answer_ != 0) return failed(connack_refusal(*answer_));
  // A refused certificate is looked for: libmosquitto takes it for a broken pipe and goes on when
  // OpenSSL also missed one of the system's files.
  const std::string certificate = certificate_problem(tls_.get());
  const bool hung_up = (events & (EPOLLERR | EPOLLHUP)) != 0 && unread() == 0;
  const bool closed = mosquitto_socket(library_.get()) < 0;
  if (result != MOSQ_ERR_SUCCESS || closed || hung_up || !certificate.empty())
    return failed(session_end(result, problem, certificate, library_error_));
  if (answer_ && state_ == State::connecting) return accepted();
  watch();
  rearm();
  owner_.turn_over();
}

void MqttClient::watch() {
  const auto* session = static_cast<SSL*>(mosquitto_ssl_get(library_.get()));
  const bool shaking_hands = session != nullptr && SSL_is_init_finished(session) == 0;
  const bool writes =
      shaking_hands ? SSL_want_write(session) : mosquitto_want_write(library_.get());
  watch_.change(EPOLLIN | EPOLLRDHUP | (writes ? static_cast<std::uint32_t>(EPOLLOUT) : 0u));
}

void MqttClient::accepted() {
  state_ = State::up;
  misc_ = Clock::now() + misc_interval;
  const std::string& will = target_.broker.will_topic;
  if (!will.empty()) publish(will, "online", true);
  watch();
  rearm();
  owner_.session_up();
}

// --- its end ------------------------------------------------------------------------------------

void MqttClient::failed(SessionEnd why) {
  const bool others = why.elsewhere && next_ < addresses_.size();
  if (state_ == State::connecting && others) return try_next_address();
  if (state_ == State::connecting && why.elsewhere) sockets_->names->doubt(target_.host);
  end(std::move(why));
}

void MqttClient::end(SessionEnd why) {
  state_ = State::over;
  watch_.reset();
  deadline_.clear();
  looking_up_.reset();
  library_.reset();
  owner_.session_over(why.failure, std::move(why.text));
}

void MqttClient::overdue() {
  if (auto told = std::exchange(at_once_, std::nullopt)) return failed(std::move(*told));
  const std::string limit = std::to_string(target_.broker.connection_timeout.count()) + " ms";
  if (state_ == State::resolving)
    return end({MessageFailure::timed_out, "name not found in " + limit});
  if (state_ == State::connecting) {
    if (Clock::now() < share_) return rearm();
    return failed({MessageFailure::timed_out, "no session in " + limit, true});
  }
  if (more_later_) return ready(0);
  misc_ = Clock::now() + misc_interval;
  errno = 0;
  at_work_ = true;
  const int result = mosquitto_loop_misc(library_.get());
  at_work_ = false;
  if (result != MOSQ_ERR_SUCCESS || mosquitto_socket(library_.get()) < 0)
    return failed({MessageFailure::timed_out, "the broker does not answer its keepalive"});
  watch();
  rearm();
}

void MqttClient::rearm() {
  if (at_once_ || (more_later_ && state_ == State::up)) return deadline_.set(Clock::now());
  deadline_.set(state_ == State::up ? misc_ : share_);
}

// --- what the owner asks for --------------------------------------------------------------------

std::optional<int> MqttClient::subscribe(std::span<const std::string> topics) {
  NW_CHECK(up() && !at_work_ && !topics.empty() && topics.size() <= subscribe_topics_max);
  std::array<char*, subscribe_topics_max> names{};
  for (std::size_t i = 0; i < topics.size(); ++i)
    names[i] = const_cast<char*>(topics[i].c_str());  // the interface is older than const
  int request = 0;
  // QoS 0: a lost reading is followed by the next one, and a queue of old ones helps nobody.
  const int result = mosquitto_subscribe_multiple(
      library_.get(), &request, static_cast<int>(topics.size()), names.data(), 0, 0, nullptr);
  watch();
  return result == MOSQ_ERR_SUCCESS ? std::optional(request) : std::nullopt;
}

std::optional<int> MqttClient::publish(const std::string& topic, std::string_view payload,
                                       bool retained) {
  NW_CHECK(up() && !at_work_);
  int message = 0;
  const int result =
      mosquitto_publish(library_.get(), &message, topic.c_str(), static_cast<int>(payload.size()),
                        payload.data(), 1, retained);
  watch();
  return result == MOSQ_ERR_SUCCESS ? std::optional(message) : std::nullopt;
}

void MqttClient::take_leave() {
  if (!up()) return;
  const std::string& will = target_.broker.will_topic;
  if (!will.empty()) publish(will, "offline", true);
  mosquitto_disconnect(library_.get());
}

}  // namespace nightwatt::io
