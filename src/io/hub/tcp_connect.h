#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "io/hub/device_sockets.h"
#include "io/hub/tcp_socket.h"
#include "io/hub/time_out.h"
#include "model/comm.h"

// One attempt to get a TCP connection: the name, then each of its addresses in turn, all within one
// time limit.
//
//     resolving ─► connecting to 1st address ─► ... last address ─► connected | failed
//
// The last address has all the time that is left; one before it has its equal share, so that a dead
// first address does not hide a living second one.
namespace nightwatt::io {

struct ConnectFailure {
  MessageFailure failure{};  // timed_out or unreachable
  std::string text;          // "connection refused", "no connection in 1000 ms", ...
};

class TcpConnect final : private SocketListener, private DeadlineListener {
 public:
  class Caller {
   public:
    // Exactly one of these, once, from the loop: never from inside the constructor. The attempt is
    // over then and may be destroyed from within. The socket still tells its events to the attempt:
    // settle() it at once.
    virtual void connected(TcpSocket socket) = 0;
    virtual void not_connected(const ConnectFailure& failure) = 0;

   protected:
    ~Caller() = default;
  };

  // `host`: a name or a literal address, without brackets. Its end gives the attempt up silently.
  TcpConnect(std::shared_ptr<DeviceSockets> shared, std::string host, std::uint16_t port,
             const TimeOut& time, Caller& caller);
  ~TcpConnect() = default;
  TcpConnect(const TcpConnect&) = delete;
  TcpConnect& operator=(const TcpConnect&) = delete;

  // This time-out instead: of a message that waits for an attempt that runs already.
  void limit(const TimeOut& time);

 private:
  using Clock = Deadlines::Clock;
  using Error = boost::system::error_code;

  void ready(std::uint32_t events) override;
  void overdue() override;
  void look_up();
  void resolved(const Error& ec, const NameCache::Addresses& addresses);
  void try_next_address();
  void set_share(std::size_t untried);
  void address_failed(const Error& ec);
  void give_up(MessageFailure failure, std::string text);

  std::shared_ptr<DeviceSockets> shared_;
  Caller& caller_;
  std::string host_;
  std::uint16_t port_;
  TimeOut time_;
  Deadline deadline_;
  NameCache::Addresses addresses_{};
  std::size_t next_ = 0;
  TcpSocket socket_{};
  Error at_once_{};                            // what the present address said before it was asked
  std::shared_ptr<TcpConnect*> looking_up_{};  // the look-up may answer after our end
};

}  // namespace nightwatt::io
