#include "rack/nut_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "wire/nut/answer.h"

namespace nightwatt::rack {

namespace asio = boost::asio;
namespace nut = wire::nut;
using asio::ip::tcp;
using nut::Verb;
using Error = boost::system::error_code;

NutConnection::NutConnection(NutServerState& server, tcp::socket socket)
    : server_(&server),
      socket_(std::move(socket)),
      last_request_(std::chrono::steady_clock::now()) {
  Error ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void NutConnection::close(bool reset) {
  if (server_ == nullptr) return;
  Error ignored;
  if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
  std::exchange(server_, nullptr)->connections.erase(shared_from_this());
}

void NutConnection::read() {
  socket_.async_read_some(asio::buffer(in_),
                          [self = shared_from_this()](const Error& ec, std::size_t n) {
                            if (self->server_ == nullptr) return;
                            if (ec) return self->close();
                            self->received(n);
                          });
}

void NutConnection::received(std::size_t size) {
  std::string_view chunk(in_.data(), size);
  while (const auto line = lines_.next(chunk)) {
    last_request_ = std::chrono::steady_clock::now();
    ++server_->stats.requests;
    if (server_->fault == Fault::mute || silent_) continue;
    answer(*line);
    if (server_ == nullptr) return;
  }
  if (lines_.fault() != nut::LineFault::none) return close();
  write();
}

// --- the protocol -------------------------------------------------------------------------------

void NutConnection::answer(std::string_view line) {
  const Fault fault = server_->fault;
  if (fault == Fault::reset_at_login) return close(true);
  const std::size_t from = out_.size();
  nut::Words words;
  if (words.split(line) != nut::LineFault::none) return;  // upsd gives no reply to a parse error
  const nut::Request request = nut::parse_request(words);
  answer_request(request);
  if (request.verb == Verb::list_var) {
    ++server_->stats.list_var;
    spoil(from, fault);
  }
}

void NutConnection::answer_request(const nut::Request& request) {
  switch (request.verb) {
    case Verb::ver: out_ += "Network UPS Tools upsd 2.8.0 - Nightwatt rack\n"; return;
    case Verb::netver: out_ += "1.3\n"; return;
    case Verb::help:
      out_ += "Commands: HELP VER GET LIST LOGIN LOGOUT USERNAME PASSWORD STARTTLS\n";
      return;
    case Verb::starttls: nut::append_err(out_, "FEATURE-NOT-CONFIGURED"); return;
    case Verb::username:
    case Verb::password:
    case Verb::login: return answer_login(request);
    case Verb::logout:
      out_ += "OK Goodbye\n";
      close_after_ = true;
      return;
    case Verb::list_ups:
      nut::append_begin_list(out_, "UPS", "");
      for (const auto& [name, served] : server_->served) {
        nut::append_text(out_, "UPS", name, served.ups->settings().description);
      }
      nut::append_end_list(out_, "UPS", "");
      return;
    case Verb::list_var:
    case Verb::list_other:
    case Verb::get_var:
    case Verb::get_upsdesc:
    case Verb::get_numlogins:
    case Verb::get_other: return answer_about_ups(request);
    case Verb::bad_arguments: nut::append_err(out_, "INVALID-ARGUMENT"); return;
    case Verb::unknown: nut::append_err(out_, "UNKNOWN-COMMAND"); return;
  }
}

// upsd believes any user name and password until LOGIN; only Fault::refuse_login denies earlier.
void NutConnection::answer_login(const nut::Request& request) {
  const auto& settings = server_->settings;
  if (request.verb == Verb::username) {
    if (has_user_) return nut::append_err(out_, "ALREADY-SET-USERNAME");
    has_user_ = true;
    user_ = request.ups;
    return nut::append_ok(out_);
  }
  if (server_->fault == Fault::refuse_login) return nut::append_err(out_, "ACCESS-DENIED");
  if (request.verb == Verb::password) {
    if (has_password_) return nut::append_err(out_, "ALREADY-SET-PASSWORD");
    has_password_ = true;
    password_ = request.ups;
    return nut::append_ok(out_);
  }
  if (!has_user_) return nut::append_err(out_, "USERNAME-REQUIRED");
  if (!has_password_) return nut::append_err(out_, "PASSWORD-REQUIRED");
  if (logged_in_) return nut::append_err(out_, "ALREADY-LOGGED-IN");
  if (server_->find(request.ups) == nullptr) return nut::append_err(out_, "UNKNOWN-UPS");
  const bool anybody = settings.username.empty();
  if (!anybody && (user_ != settings.username || password_ != settings.password)) {
    return nut::append_err(out_, "ACCESS-DENIED");
  }
  logged_in_ = true;
  nut::append_ok(out_);
}

void NutConnection::answer_about_ups(const nut::Request& request) {
  auto* const served = server_->find(request.ups);
  const Fault fault = server_->fault;
  if (served == nullptr || fault == Fault::unknown_ups) return nut::append_err(out_, "UNKNOWN-UPS");
  if (request.verb == Verb::get_upsdesc) {
    return nut::append_text(out_, "UPSDESC", request.ups, served->ups->settings().description);
  }
  if (fault == Fault::driver_gone) return nut::append_err(out_, "DRIVER-NOT-CONNECTED");
  if (fault == Fault::stale) return nut::append_err(out_, "DATA-STALE");
  if (request.verb == Verb::list_var) return append_list(request, *served);
  if (request.verb == Verb::list_other) {
    nut::append_begin_list(out_, request.kind, request.ups);
    return nut::append_end_list(out_, request.kind, request.ups);
  }
  if (request.verb == Verb::get_numlogins) {
    out_ += "NUMLOGINS " + std::string(request.ups) + (logged_in_ ? " 1\n" : " 0\n");
    return;
  }
  if (request.verb == Verb::get_var) {
    for (const auto& [name, text] : served->ups->variables()) {
      if (!nut::same_word(name, request.variable)) continue;
      return nut::append_var(out_, request.ups, request.variable, text);
    }
  }
  nut::append_err(out_, "VAR-NOT-SUPPORTED");
}

void NutConnection::append_list(const nut::Request& request, NutServerState::Served& served) {
  const Fault fault = server_->fault;
  if (!served.list.empty() && served.version == served.ups->version() &&
      served.asked_as == request.ups && fault == Fault::none) {
    out_ += served.list;
    return;
  }
  const std::string named(fault == Fault::wrong_ups ? "another" : request.ups);
  std::string list;
  nut::append_begin_list(list, "VAR", named);
  for (auto [name, text] : served.ups->variables()) {
    if (fault == Fault::lies) {
      if (name == "battery.charge") text = "-5";
      if (name == "battery.runtime") text = "1000000000";
      if (name == "ups.load") text = "NaN";
    }
    nut::append_var(list, named, name, text);
  }
  nut::append_end_list(list, "VAR", named);
  out_ += list;
  if (fault != Fault::none) return;
  served.version = served.ups->version();
  served.asked_as = request.ups;
  served.list = std::move(list);
}

// --- faults of the transport --------------------------------------------------------------------

// Turns the good reply at the end of out_ into what the fault makes of it.
void NutConnection::spoil(std::size_t from, Fault fault) {
  const std::size_t half = from + (out_.size() - from) / 2;
  switch (fault) {
    case Fault::half_line:
      out_.resize(half);
      while (!out_.empty() && out_.back() == '\n') out_.pop_back();
      silent_ = true;
      return;
    case Fault::cut_reply:
      out_.resize(half);
      close_after_ = true;
      return;
    case Fault::garbage: {
      out_.resize(from);
      Rng rng(server_->stats.list_var);
      for (int i = 0; i < 256; ++i) out_ += static_cast<char>(rng.next());
      out_ += '\0';
      out_ += '\n';
      return;
    }
    case Fault::flood: out_.resize(out_.rfind("END LIST")); return;
    case Fault::long_line:
      out_.resize(out_.rfind("END LIST"));
      out_ += "VAR x y \"";
      return;
    case Fault::none:
    case Fault::down:
    case Fault::mute:
    case Fault::stale:
    case Fault::driver_gone:
    case Fault::unknown_ups:
    case Fault::refuse_login:
    case Fault::reset_at_login:
    case Fault::lies:
    case Fault::drip:
    case Fault::wrong_ups: return;
  }
}

void NutConnection::write() {
  if (out_.empty()) return read();
  if (server_->fault == Fault::drip) return drip(0);
  Error ec;
  const std::size_t sent = socket_.write_some(asio::buffer(out_), ec);
  if (ec && ec != asio::error::would_block) return close();
  write_rest(sent);
}

void NutConnection::write_rest(std::size_t from) {
  if (from == out_.size()) {
    const Fault fault = server_->fault;
    if (fault == Fault::flood || fault == Fault::long_line) return pour();
    out_.clear();
    if (close_after_) return close();
    return read();
  }
  asio::async_write(socket_, asio::buffer(out_) + from,
                    [self = shared_from_this()](const Error& ec, std::size_t) {
                      if (self->server_ == nullptr) return;
                      if (ec) return self->close();
                      self->write_rest(self->out_.size());
                    });
}

void NutConnection::pour() {
  out_.clear();
  const bool rows = server_->fault == Fault::flood;
  const std::string more =
      rows ? "VAR " + server_->served.begin()->first + " endless.row \"0\"\n" : "x";
  while (out_.size() < 16'384) out_ += more;
  write_rest(0);
}

void NutConnection::drip(std::size_t from) {
  if (from >= out_.size()) return write_rest(out_.size());
  const auto timer =
      std::make_shared<asio::steady_timer>(server_->io, server_->settings.drip_delay);
  timer->async_wait([self = shared_from_this(), timer, from](const Error&) {
    if (self->server_ == nullptr) return;
    Error ec;
    self->socket_.write_some(asio::buffer(&self->out_[from], 1), ec);
    if (ec) return self->close();
    self->drip(from + 1);
  });
}

}  // namespace nightwatt::rack
