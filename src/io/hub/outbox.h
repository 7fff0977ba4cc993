#pragma once

#include <utility>
#include <vector>

#include "model/event.h"
#include "ports/sinks.h"

namespace nightwatt::io {

// Whether this event answers the message of this transaction.
bool concerns(const Event& event, Transaction transaction);

// What a link has to tell the engine: collected while something of the link is half done, told
// afterwards.
class Outbox {
 public:
  void add(Event event) { events_.push_back(std::move(event)); }
  bool empty() const { return events_.empty(); }
  void clear() { events_.clear(); }
  // Of a message that was cancelled nothing more is told.
  void forget(Transaction transaction);
  // The sink may come back to this very link, and add() and forget() meanwhile.
  void deliver(const ports::EventSink& sink);

  // Thousands of links are idle: none needs to keep room for an event that may come.
  void give_up_room();
  // Or it has the room of one for all, while it has something to tell.
  void borrow_room(std::vector<Event>& spare);
  void return_room(std::vector<Event>& spare);

 private:
  std::vector<Event> events_{};
};

}  // namespace nightwatt::io
