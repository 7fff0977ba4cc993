#include "io/hub/outbox.h"

namespace nightwatt::io {

bool concerns(const Event& event, Transaction transaction) {
  if (const auto* it = std::get_if<MessageReplied>(&event)) return it->transaction == transaction;
  if (const auto* it = std::get_if<MessageRefused>(&event)) return it->transaction == transaction;
  const auto* it = std::get_if<MessageFailed>(&event);
  return it != nullptr && it->transaction == transaction;
}

void Outbox::forget(Transaction transaction) {
  std::erase_if(events_, [&](const Event& event) { return concerns(event, transaction); });
}

void Outbox::deliver(const ports::EventSink& sink) {
  while (!events_.empty()) {
    Event event = std::move(events_.front());
    events_.erase(events_.begin());
    sink(std::move(event));
  }
}

void Outbox::give_up_room() {
  if (events_.empty()) std::vector<Event>().swap(events_);
}

void Outbox::borrow_room(std::vector<Event>& spare) {
  if (events_.capacity() == 0) events_.swap(spare);
}

void Outbox::return_room(std::vector<Event>& spare) {
  if (events_.empty() && spare.capacity() == 0) events_.swap(spare);
}

}  // namespace nightwatt::io
