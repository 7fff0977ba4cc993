#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/prefetch.h"
#include "model/effect.h"
#include "model/event.h"
#include "model/text_value.h"
#include "profile/kept_names.h"
#include "profile/profile.h"

// The engine's door to one comm device: it takes SendMessage and CancelMessage and answers with
// events. Implemented by one driver for each protocol (io/nut, io/modbus, io/snmp, io/mqtt).
namespace nightwatt::ports {

// Where drivers put what happened. Called on the thread that runs the driver, never from inside
// send(), cancel() or close(), so that an engine may step itself and send again from within it.
using EventSink = std::function<void(Event)>;

// Counted since the link was opened; for `status`, never for a decision.
struct LinkStats {
  std::uint64_t requests = 0;  // messages put on the wire
  std::uint64_t replies = 0;   // MessageReplied
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint32_t cancels = 0;           // given up by the engine
  std::uint32_t connects = 0;          // connections that came up
  std::uint32_t connect_failures = 0;  // refused, no route, no such name, gave up in time
  std::uint32_t reconnects = 0;        // of connects: a kept connection had been closed by the peer
  std::uint32_t failures = 0;          // MessageFailed, `cancelled` ones included
  bool connected = false;
};

// A link that is used from the start is made at once; one that stands by is hardly anything until
// its first message, or until its connection is to be made ahead.
enum class LinkUse : std::uint8_t { now, later };

// Where a driver puts texts, on the thread that runs it and never from inside send().
class TextSink {
 public:
  virtual ~TextSink() = default;
  virtual void said(DeviceId device, const std::vector<TextValue>& texts) = 0;
};

// What a SendMessage asks, looked up. Profile, plan and names live as long as the link's
// configuration.
struct Request {
  std::string_view unit{};  // PathRule::unit: a NUT UPS name, a Modbus unit, an MQTT topic; copied
  const profile::Profile* profile = nullptr;  // null: NUT, whose names are the names
  const profile::ReadPlan* plan = nullptr;    // of the message's schedule; null: NUT, everything
  const profile::KeptNames* names = nullptr;  // NUT: kept besides what decisions use; null: none
  TextSink* sink = nullptr;                   // of texts; outlives the link
  Texts texts = Texts::none;                  // a driver may know none
};

// One link for each comm device, shared by all devices behind it. Single-threaded: all calls come
// from the thread that runs the driver.
class DeviceLink {
 public:
  virtual ~DeviceLink() = default;
  DeviceLink() = default;
  DeviceLink(const DeviceLink&) = delete;
  DeviceLink& operator=(const DeviceLink&) = delete;

  // Queues the message behind those that were sent before; one is on the wire at a time. Answered
  // with exactly one event that carries message.transaction, unless cancel() or close() comes
  // first. A message with an order is put on the wire at most once.
  virtual void send(const SendMessage& message, const Request& request) = 0;

  // No event for this transaction will follow. If it is on the wire and the protocol's replies
  // carry no ids, or the connection is in doubt, that is closed, and the messages that wait behind
  // it end as MessageFailed{cancelled}. Unknown ones are ignored.
  virtual void cancel(Transaction transaction) = 0;

  // A message will probably follow soon: open the connection now, if there is one to open. Nothing
  // is answered, and nothing is wrong when it fails; the message that follows will say so.
  virtual void prepare() {}

  // A message follows in a moment: its memory may be asked for.
  virtual void foresee_send(Ahead /*ahead*/) const {}

  // Closes and forgets everything; no event follows. The link can be used again afterwards.
  virtual void close() = 0;

  virtual LinkStats stats() const = 0;
};

}  // namespace nightwatt::ports
