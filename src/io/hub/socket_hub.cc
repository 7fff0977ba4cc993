#include "io/hub/socket_hub.h"

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/prefetch.h"
#include "io/hub/last_error.h"

namespace nightwatt::io {
namespace {

constexpr std::uint32_t no_slot = UINT32_MAX;
// Of one epoll_wait, and of one turn of the loop: a flood of events must not keep timers and other
// handlers from theirs.
constexpr std::size_t batch_events_max = 128;
constexpr std::size_t turn_events_max = 512;

int make_epoll() {
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
  return fd;
}

}  // namespace

// --- the watch ----------------------------------------------------------------------------------

SocketWatch::SocketWatch(SocketWatch&& other) noexcept
    : hub_(std::exchange(other.hub_, nullptr)), slot_(other.slot_) {}

SocketWatch& SocketWatch::operator=(SocketWatch&& other) noexcept {
  if (this == &other) return *this;
  reset();
  hub_ = std::exchange(other.hub_, nullptr);
  slot_ = other.slot_;
  return *this;
}

boost::system::error_code SocketWatch::change(std::uint32_t events) {
  NW_CHECK(hub_ != nullptr);
  return hub_->change(slot_, events);
}

void SocketWatch::hand_to(SocketListener& listener) {
  NW_CHECK(hub_ != nullptr);
  hub_->slots_[slot_].listener = &listener;
}

void SocketWatch::reset() {
  if (SocketHub* hub = std::exchange(hub_, nullptr)) hub->remove(slot_);
}

// --- the set ------------------------------------------------------------------------------------

SocketHub::SocketHub(boost::asio::io_context& io)
    : epoll_(io, make_epoll()), alive_(std::make_shared<SocketHub*>(this)) {}

SocketHub::~SocketHub() {
  NW_CHECK(!turning_);
  NW_CHECK(watched_ == 0);
}

expected<SocketWatch, boost::system::error_code> SocketHub::add(int fd, std::uint32_t events,
                                                                SocketListener& listener) {
  const std::uint32_t slot = take_slot();
  slots_[slot].listener = &listener;
  slots_[slot].events = events;
  slots_[slot].fd = fd;
  epoll_event event = event_of(slot);
  if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) != 0) {
    const boost::system::error_code problem = last_error();
    slots_[slot].listener = nullptr;
    free_.push_back(slot);
    return unexpected(problem);
  }
  const auto place = static_cast<std::size_t>(fd);
  if (slot_of_fd_.size() <= place) slot_of_fd_.resize(place + 1, no_slot);
  slot_of_fd_[place] = slot;
  ++watched_;
  arm();
  return SocketWatch(*this, slot);
}

boost::system::error_code SocketHub::change(std::uint32_t slot, std::uint32_t events) {
  if (slots_[slot].events == events) return {};
  if (!holds_fd(slot)) return {EBADF, boost::system::system_category()};
  slots_[slot].events = events;
  epoll_event event = event_of(slot);
  if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, slots_[slot].fd, &event) != 0)
    return last_error();
  return {};
}

void SocketHub::remove(std::uint32_t slot) {
  // A closed descriptor has left the set by itself, and its number may be somebody else's by now.
  if (holds_fd(slot)) {
    epoll_event ignored{};
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, slots_[slot].fd, &ignored);
    slot_of_fd_[static_cast<std::size_t>(slots_[slot].fd)] = no_slot;
  }
  slots_[slot].listener = nullptr;
  ++slots_[slot].generation;
  free_.push_back(slot);
  --watched_;
  if (watched_ == 0 && armed_) {
    boost::system::error_code ignored;
    epoll_.cancel(ignored);
  }
}

std::uint32_t SocketHub::take_slot() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

bool SocketHub::holds_fd(std::uint32_t slot) const {
  return slot_of_fd_[static_cast<std::size_t>(slots_[slot].fd)] == slot;
}

epoll_event SocketHub::event_of(std::uint32_t slot) const {
  epoll_event event{};
  event.events = slots_[slot].events;
  event.data.u64 = std::uint64_t{slots_[slot].generation} << 32 | slot;
  return event;
}

// --- the loop -----------------------------------------------------------------------------------

void SocketHub::arm() {
  if (armed_ || turning_ || watched_ == 0) return;
  armed_ = true;
  epoll_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                    [hub = std::weak_ptr(alive_)](const boost::system::error_code& aborted) {
                      const auto alive = hub.lock();
                      if (!alive) return;
                      SocketHub& self = **alive;
                      self.armed_ = false;
                      if (!aborted) self.turn();
                      self.arm();
                    });
}

void SocketHub::turn() {
  turning_ = true;
  ++turns_;
  std::array<epoll_event, batch_events_max> batch;
  std::size_t taken = 0;
  while (taken < turn_events_max) {
    const int count = ::epoll_wait(epoll_.native_handle(), batch.data(), batch.size(), 0);
    if (count <= 0) break;
    const std::span<const epoll_event> found(batch.data(), static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < found.size(); ++i) {
      foresee(found, i);
      dispatch(found[i]);
    }
    taken += static_cast<std::size_t>(count);
    if (static_cast<std::size_t>(count) < batch.size()) break;
  }
  events_ += taken;
  turning_ = false;
}

// In steps: each needs what the one before it fetched.
void SocketHub::foresee(std::span<const epoll_event> batch, std::size_t next) const {
  constexpr std::size_t listener_bytes = 128;
  const auto slot = [&](std::size_t ahead) -> const Slot* {
    if (next + ahead >= batch.size()) return nullptr;
    return &slots_[static_cast<std::uint32_t>(batch[next + ahead].data.u64)];
  };
  if (const Slot* far = slot(6)) prefetch(far, sizeof(Slot));
  if (const Slot* near = slot(4); near != nullptr) prefetch(near->listener, listener_bytes);
  if (const Slot* nearest = slot(2); nearest != nullptr && nearest->listener != nullptr) {
    nearest->listener->foresee_ready();
  }
}

// A watch that ended within this batch, or whose slot has a new owner since, hears nothing.
void SocketHub::dispatch(const epoll_event& event) {
  const Slot& slot = slots_[static_cast<std::uint32_t>(event.data.u64)];
  if (slot.listener == nullptr || slot.generation != event.data.u64 >> 32) return;
  slot.listener->ready(event.events);
}

}  // namespace nightwatt::io
