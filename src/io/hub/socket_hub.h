#pragma once

#include <sys/epoll.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"

// One epoll set for all device sockets, itself watched by the io_context.
//
//     10,000 sockets ──► SocketHub's epoll set ──one descriptor──► io_context's epoll set
//
// An Asio socket pays for each wait: a heap handler and an epoll_ctl, because a wait is armed anew
// every time. Here a socket is registered once and stays, its listener is one virtual call, and a
// turn of the loop takes a batch of them with one epoll_wait. Level-triggered: a listener that does
// not take what is there is called again at the next turn.
//
// Single-threaded: everything is called on the thread that runs the io_context.
namespace nightwatt::io {

class SocketHub;

class SocketListener {
 public:
  // `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, and EPOLLERR and EPOLLHUP, which come unasked. Called
  // from the loop only, never from inside a call to the hub. It may add, change and remove watches,
  // its own and others, and destroy itself.
  virtual void ready(std::uint32_t events) = 0;
  // ready() follows in a moment: its memory may be asked for (base/prefetch.h).
  virtual void foresee_ready() const {}

 protected:
  ~SocketListener() = default;
};

// A descriptor that is being watched, until reset() or the end of this object. Whoever owns the
// descriptor ends its watch before closing it. A library that closes one behind our back is
// survived: the watch is silent then, and does not disturb whoever gets the same number next.
class SocketWatch {
 public:
  SocketWatch() = default;
  SocketWatch(SocketWatch&& other) noexcept;
  SocketWatch& operator=(SocketWatch&& other) noexcept;
  ~SocketWatch() { reset(); }

  explicit operator bool() const { return hub_ != nullptr; }
  // From now on these events. A system call, unless they are the present ones.
  // REQUIRES: it watches.
  boost::system::error_code change(std::uint32_t events);
  // From now on this listener; costs nothing. REQUIRES: it watches.
  void hand_to(SocketListener& listener);
  // No call follows, not even for what the running batch already holds.
  void reset();

 private:
  friend class SocketHub;
  SocketWatch(SocketHub& hub, std::uint32_t slot) : hub_(&hub), slot_(slot) {}

  SocketHub* hub_ = nullptr;
  std::uint32_t slot_ = 0;
};

class SocketHub {
 public:
  // `io` is run by one thread and outlives the hub. The hub outlives its watches and is not
  // destroyed from inside ready(). It keeps the io_context from running out of work exactly while
  // it watches something.
  explicit SocketHub(boost::asio::io_context& io);
  ~SocketHub();
  SocketHub(const SocketHub&) = delete;
  SocketHub& operator=(const SocketHub&) = delete;

  // Any descriptor that epoll takes: sockets, ttys, pipes, those of libraries. `events` may be 0:
  // errors and hang-ups only. Errors: epoll_ctl's, such as EPERM for a file or EEXIST for a
  // descriptor that is watched already.
  expected<SocketWatch, boost::system::error_code> add(int fd, std::uint32_t events,
                                                       SocketListener& listener);

  // Room for so many at the same time. More may come.
  void expect(std::size_t sockets) { slots_.reserve(sockets); }

  std::size_t watched() const { return watched_; }
  // Turns of the loop that brought events, and the events: for benches and tests.
  std::uint64_t turns() const { return turns_; }
  std::uint64_t events() const { return events_; }

 private:
  friend class SocketWatch;
  struct Slot {
    SocketListener* listener = nullptr;  // null: free
    std::uint32_t generation = 0;        // tells an event of a former watch from one of this
    std::uint32_t events = 0;
    int fd = -1;
  };
  boost::system::error_code change(std::uint32_t slot, std::uint32_t events);
  void remove(std::uint32_t slot);
  std::uint32_t take_slot();
  bool holds_fd(std::uint32_t slot) const;
  epoll_event event_of(std::uint32_t slot) const;
  void arm();
  void turn();
  void foresee(std::span<const epoll_event> batch, std::size_t next) const;
  void dispatch(const epoll_event& event);

  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> epoll_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> slot_of_fd_;  // the newest watch of each descriptor number
  std::shared_ptr<SocketHub*> alive_;      // for a handler that outlives us in the io_context
  std::size_t watched_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t events_ = 0;
  bool armed_ = false;
  bool turning_ = false;
};

}  // namespace nightwatt::io
