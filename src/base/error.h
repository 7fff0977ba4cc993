#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace nightwatt {

// Use has_value, bool, *, ->, error. Never value(): it throws, and the core has no exceptions.
template <class T, class E>
using expected = std::expected<T, E>;
template <class E>
using unexpected = std::unexpected<E>;

// What a caller may do about it. A kind exists only if some caller branches on it; detail for
// people goes into Error::what.
enum class Errc : std::uint8_t {
  timed_out,      // no answer in time
  unreachable,    // refused, no route, name not found
  bad_reply,      // the peer answered, and the answer is not the protocol
  unauthorised,   // do not retry before the configuration changes
  limit_reached,  // one of our own bounds: queue, reply size, number of devices
  io_failed,      // a file, a disk, a descriptor
  not_found,      // the thing named does not exist
};

struct [[nodiscard]] Error {
  Errc code;
  std::string what;  // lower case, no full stop, names the thing: "nut-a1: no reply in 1000 ms"
};

inline unexpected<Error> fail(Errc code, std::string what) {
  return unexpected<Error>(Error{code, std::move(what)});
}

}  // namespace nightwatt
