#include "bench/compare/snmpd.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include "bench/compare/child.h"
#include "wire/snmp/message.h"

namespace nightwatt::bench {
namespace {

constexpr const char* program = "/usr/sbin/snmpd";

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

std::uint16_t free_udp_port() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

// Nothing: no answer within a second.
std::optional<std::uint64_t> ask(int fd) {
  wire::snmp::Message get{.community = "public", .type = wire::snmp::PduType::get, .request_id = 7};
  get.varbinds.push_back({.name = {1, 3, 6, 1, 2, 1, 11, 1, 0}});
  const std::string bytes = wire::snmp::encode_message(get);
  if (::send(fd, bytes.data(), bytes.size(), 0) < 0) return {};
  std::array<char, 2048> buffer{};
  const auto size = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (size <= 0) return {};
  const auto reply =
      wire::snmp::parse_message(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
  if (!reply || reply->varbinds.size() != 1) return {};
  const auto number = wire::snmp::number_of(reply->varbinds[0].value);
  if (!number) return {};
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

bool Snmpd::installed() { return ::access(program, X_OK) == 0; }

Snmpd::Snmpd(bool v3) : site_{.port = free_udp_port(), .v3 = v3} {
  std::string folder = (std::filesystem::temp_directory_path() / "nightwatt-snmpd-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) std::exit(1);
  folder_ = folder;
  std::ofstream(folder_ + "/snmpd.conf") << snmpd_config(site_);
  ::setenv("SNMP_PERSISTENT_DIR", (folder_ + "/var").c_str(), 1);
  ::setenv("MIBS", "", 1);
  pid_ = start_program({program, "-f", "-C", "-c", folder_ + "/snmpd.conf", "-Lf",
                        folder_ + "/agent.log", "-I", "-smux,-agentx"},
                       folder_ + "/log");
  ::unsetenv("SNMP_PERSISTENT_DIR");
  socket_ = ::socket(AF_INET, SOCK_DGRAM, 0);
  const timeval second{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  const sockaddr_in address = loopback(site_.port);
  ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (!wait_until(20, [this] { return ask(socket_).has_value(); })) {
    fmt::print(stderr, "bench: snmpd does not answer; it is {}\n", state_of(pid_));
    std::exit(1);
  }
}

Snmpd::~Snmpd() {
  end_child(pid_);
  ::close(socket_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::uint64_t Snmpd::messages() const {
  for (int attempt = 0; attempt < 5; ++attempt) {
    ++asked_;
    if (const auto number = ask(socket_)) return *number - std::min(*number, asked_);
  }
  fmt::print(stderr, "bench: snmpd no longer answers\n");
  std::exit(1);
}

}  // namespace nightwatt::bench
