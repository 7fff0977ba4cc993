#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"

// The orders of one broker: one at a time is with its device, the others wait.
//
//     waiting ──published──► PUBACK: the broker has it ──acknowledgement──► replied | refused
//                                  └ no topic for that: unknown
//
// Acknowledgements carry no ids. One that is still owed for an order that was given up must not
// pass for the next order's: as many as are owed are dropped, for a minute. The next order then
// ends as unknown, which is the truth.
namespace nightwatt::io {

struct MqttOrder {
  using Time = std::chrono::steady_clock::time_point;
  Transaction transaction{};
  std::string topic{};
  std::string payload{};
  std::string acknowledged_on{};  // whole topic; empty: none
  Time give_up{};
  std::optional<int> message{};  // libmosquitto's number once it is published
  bool broker_has_it = false;
};

class Orders {
 public:
  using Time = MqttOrder::Time;

  void add(MqttOrder order) { orders_.push_back(std::move(order)); }
  // The next one to publish; null: none, or one is with its device.
  MqttOrder* next();
  // Each of these adds what came of it.
  void broker_has(int message, std::vector<Event>& out);
  void heard(std::string_view topic, std::string_view payload, Time now, std::vector<Event>& out);
  void give_up_overdue(Time now, std::vector<Event>& out);
  void connection_lost(MessageFailure failure, const std::string& why, Time now,
                       std::vector<Event>& out);
  // True: it was ours.
  bool cancel(Transaction transaction, Time now);
  void refuse_next(MessageFailure failure, const std::string& why, std::vector<Event>& out);
  void clear() { *this = Orders(); }

  std::optional<Time> next_time() const;

 private:
  struct Owed {
    int count = 0;
    Time until{};
  };
  void owe(const MqttOrder& order, Time now);

  std::deque<MqttOrder> orders_{};
  std::map<std::string, Owed, std::less<>> owed_{};
};

}  // namespace nightwatt::io
