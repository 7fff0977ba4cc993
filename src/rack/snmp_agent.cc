#include "rack/snmp_agent.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <utility>

namespace nightwatt::rack {

namespace asio = boost::asio;
using asio::ip::udp;
using Error = boost::system::error_code;
using wire::snmp::ErrorStatus;
using wire::snmp::Message;
using wire::snmp::Oid;
using wire::snmp::PduType;
using wire::snmp::Value;
using wire::snmp::ValueKind;
using wire::snmp::Varbind;
using wire::snmp::Version;

namespace {

constexpr int bulk_max = 64;  // rows of one GETBULK

std::int32_t code(ErrorStatus status) { return static_cast<std::int32_t>(status); }

void fail(Message& reply, ErrorStatus status, std::size_t index) {
  reply.error_status = code(status);
  reply.error_index = static_cast<std::int32_t>(index);
}

}  // namespace

std::string_view to_string(AgentFault fault) {
  switch (fault) {
    case AgentFault::none: return "none";
    case AgentFault::down: return "down";
    case AgentFault::mute: return "mute";
    case AgentFault::slow: return "slow";
    case AgentFault::garbage: return "garbage";
    case AgentFault::cut_reply: return "cut_reply";
    case AgentFault::general: return "general";
    case AgentFault::too_big: return "too_big";
    case AgentFault::no_objects: return "no_objects";
    case AgentFault::wrong_types: return "wrong_types";
    case AgentFault::lies: return "lies";
    case AgentFault::other_names: return "other_names";
    case AgentFault::other_id: return "other_id";
  }
  return "?";
}

struct SnmpAgent::State : std::enable_shared_from_this<SnmpAgent::State> {
  State(asio::io_context& context, const SimulatedUps& served, SnmpAgentSettings with)
      : io(context), ups(served), settings(std::move(with)), socket(context) {}

  void listen();
  void receive();
  void answer(std::string_view datagram);
  Message reply_to(const Message& request);
  void read(const Message& request, Message& reply);
  void read_bulk(const Message& request, Message& reply);
  void write(const Message& request, Message& reply);
  void spoil(Message& reply) const;
  Varbind next_after(const Oid& name);
  const MibObjects& objects();
  void send(std::string bytes);

  asio::io_context& io;
  const SimulatedUps& ups;
  SnmpAgentSettings settings;
  udp::socket socket;
  udp::endpoint from;
  std::uint16_t port = 0;
  std::array<char, 4'096> buffer{};
  AgentFault fault = AgentFault::none;
  SnmpAgentStats stats;
  MibObjects cached;
  MibObjects written;
  std::optional<unsigned> cached_version;
  std::function<void(const Varbind&)> on_write;
  std::int32_t notifications = 0;
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
};

void SnmpAgent::State::listen() {
  Error ec;
  const auto address = asio::ip::make_address(settings.bind, ec);
  const udp::endpoint here(address, port != 0 ? port : settings.port);
  if (!ec) socket.open(here.protocol(), ec);
  if (!ec) socket.bind(here, ec);
  if (!ec) port = socket.local_endpoint(ec).port();
  if (!ec) return receive();
  Error ignored;
  socket.close(ignored);
}

void SnmpAgent::State::receive() {
  socket.async_receive_from(asio::buffer(buffer), from,
                            [self = weak_from_this()](const Error& ec, std::size_t size) {
                              const auto state = self.lock();
                              if (!state || ec == asio::error::operation_aborted) return;
                              if (!ec) state->answer({state->buffer.data(), size});
                              if (state->socket.is_open()) state->receive();
                            });
}

void SnmpAgent::State::answer(std::string_view datagram) {
  const auto request = wire::snmp::parse_message(datagram);
  if (!request) return;
  if (request->community != settings.community && request->community != settings.write_community) {
    ++stats.wrong_community;
    return;
  }
  ++stats.requests;
  stats.varbinds += request->varbinds.size();
  if (fault == AgentFault::mute) return;
  if (fault == AgentFault::garbage) return send(std::string(32, '\xA5'));
  Message reply = reply_to(*request);
  spoil(reply);
  std::string bytes = wire::snmp::encode_message(reply);
  if (fault == AgentFault::cut_reply) bytes.resize(bytes.size() / 2);
  if (fault != AgentFault::slow) return send(std::move(bytes));
  const auto timer = std::make_shared<asio::steady_timer>(io, settings.slow_delay);
  timer->async_wait(
      [timer, self = weak_from_this(), bytes = std::move(bytes), to = from](const Error&) mutable {
        const auto state = self.lock();
        if (!state) return;
        state->from = to;
        state->send(std::move(bytes));
      });
}

Message SnmpAgent::State::reply_to(const Message& request) {
  Message reply = request;
  reply.type = PduType::response;
  reply.error_status = 0;
  reply.error_index = 0;
  if (fault == AgentFault::general) fail(reply, ErrorStatus::general, 1);
  if (fault == AgentFault::too_big) {
    fail(reply, ErrorStatus::too_big, 0);
    reply.varbinds.clear();
  }
  if (reply.error_status != 0) return reply;
  if (request.type == PduType::set) {
    write(request, reply);
  } else if (request.type == PduType::get_bulk && request.version != Version::v1) {
    read_bulk(request, reply);
  } else {
    read(request, reply);
  }
  return reply;
}

const MibObjects& SnmpAgent::State::objects() {
  if (cached_version != ups.version()) {
    cached = ups_mib(ups);
    for (const auto& [name, value] : written) cached[name] = value;
    cached_version = ups.version();
  }
  const auto up = std::chrono::steady_clock::now() - started;
  const auto hundredths = std::chrono::duration_cast<std::chrono::milliseconds>(up).count() / 10;
  static const Oid up_time = *wire::snmp::parse_oid("1.3.6.1.2.1.1.3.0");
  cached[up_time] = {.kind = ValueKind::ticks, .integer = hundredths & 0xFFFF'FFFF};
  return cached;
}

Varbind SnmpAgent::State::next_after(const Oid& name) {
  const auto next = objects().upper_bound(name);
  if (next == cached.end()) return {name, {.kind = ValueKind::end_of_mib_view}};
  return {next->first, next->second};
}

void SnmpAgent::State::read(const Message& request, Message& reply) {
  const bool v1 = request.version == Version::v1;
  for (std::size_t i = 0; i < request.varbinds.size(); ++i) {
    const Oid& name = request.varbinds[i].name;
    Varbind& out = reply.varbinds[i];
    if (request.type == PduType::get_next) {
      out = next_after(name);
    } else {
      const auto found = objects().find(name);
      const bool there = found != cached.end() && fault != AgentFault::no_objects;
      out.value = there ? found->second : Value{.kind = ValueKind::no_such_object};
    }
    if (!v1 || !out.value.absent()) continue;
    reply.varbinds = request.varbinds;
    return fail(reply, ErrorStatus::no_such_name, i + 1);
  }
}

void SnmpAgent::State::read_bulk(const Message& request, Message& reply) {
  const int rows = std::clamp(request.error_index, 0, bulk_max);
  reply.varbinds.clear();
  for (const Varbind& asked : request.varbinds) {
    Oid name = asked.name;
    for (int row = 0; row < rows; ++row) {
      reply.varbinds.push_back(next_after(name));
      name = reply.varbinds.back().name;
    }
  }
}

void SnmpAgent::State::write(const Message& request, Message& reply) {
  const bool v1 = request.version == Version::v1;
  for (std::size_t i = 0; i < request.varbinds.size(); ++i) {
    const auto& [name, value] = request.varbinds[i];
    const auto found = objects().find(name);
    if (request.community != settings.write_community) {
      return fail(reply, v1 ? ErrorStatus::no_such_name : ErrorStatus::no_access, i + 1);
    }
    if (found == cached.end() || !writable(name)) {
      return fail(reply, v1 ? ErrorStatus::no_such_name : ErrorStatus::not_writable, i + 1);
    }
    if (found->second.kind != value.kind) {
      return fail(reply, v1 ? ErrorStatus::bad_value : ErrorStatus::wrong_type, i + 1);
    }
  }
  for (const Varbind& varbind : request.varbinds) {
    written[varbind.name] = varbind.value;
    ++stats.writes;
    if (on_write) on_write(varbind);
  }
  cached_version.reset();
}

void SnmpAgent::State::spoil(Message& reply) const {
  if (fault == AgentFault::other_id) reply.request_id ^= 0x5A5A;
  for (Varbind& varbind : reply.varbinds) {
    if (fault == AgentFault::wrong_types) varbind.value = wire::snmp::octets_value("on the moon");
    if (fault == AgentFault::lies && varbind.value.kind == ValueKind::integer) {
      varbind.value.integer = varbind.name.back() == 0 ? -5 : 2'000'000'000;
    }
    if (fault == AgentFault::other_names) ++varbind.name.back();
  }
}

void SnmpAgent::State::send(std::string bytes) {
  Error ignored;
  socket.send_to(asio::buffer(bytes), from, 0, ignored);
}

SnmpAgent::SnmpAgent(asio::io_context& io, const SimulatedUps& ups, SnmpAgentSettings settings)
    : state_(std::make_shared<State>(io, ups, std::move(settings))) {
  state_->listen();
}

SnmpAgent::~SnmpAgent() {
  Error ignored;
  state_->socket.close(ignored);
}

std::uint16_t SnmpAgent::port() const { return state_->port; }
AgentFault SnmpAgent::fault() const { return state_->fault; }
SnmpAgentStats SnmpAgent::stats() const { return state_->stats; }

void SnmpAgent::set_fault(AgentFault fault) {
  state_->fault = fault;
  Error ignored;
  if (fault == AgentFault::down) {
    state_->socket.close(ignored);
  } else if (!state_->socket.is_open()) {
    state_->listen();
  }
}

void SnmpAgent::on_write(std::function<void(const Varbind&)> written) {
  state_->on_write = std::move(written);
}

void SnmpAgent::notify(const udp::endpoint& receiver, const Oid& trap, PduType type) {
  Message message{.version = Version::v2c,
                  .community = state_->settings.community,
                  .type = type,
                  .request_id = ++state_->notifications};
  const Oid up_time = *wire::snmp::parse_oid("1.3.6.1.2.1.1.3.0");
  message.varbinds.push_back({up_time, state_->objects().at(up_time)});
  message.varbinds.push_back(
      {*wire::snmp::parse_oid("1.3.6.1.6.3.1.1.4.1.0"), {.kind = ValueKind::oid, .oid = trap}});
  Error ignored;
  const std::string bytes = wire::snmp::encode_message(message);
  state_->socket.send_to(asio::buffer(bytes), receiver, 0, ignored);
}

}  // namespace nightwatt::rack
