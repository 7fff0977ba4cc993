#pragma once

#include <string>
#include <vector>

#include "model/effect.h"
#include "model/ids.h"
#include "model/run.h"

// The return list: the machines that a run shut down and nobody has seen up again yet.
//
// It lives on its own: it never blocks re-arming, survives new runs, and an entry leaves it only
// when the machine is confirmed up (invariant 9).
namespace nightwatt::core {

class ReturnList {
 public:
  // An entry of the same step id is replaced.
  void add(std::string step_id, std::string name, StepAction action);
  // Asks for a watch of every machine that is not watched yet.
  void watch(GroupId group, Effects& effects);
  // A new loss: nobody is expected back now.
  void stop_watching(GroupId group, Effects& effects);
  // Takes the machine off the list and gives its name; empty: it was not on it.
  std::string confirmed(const std::string& step_id);

  bool empty() const { return entries_.empty(); }
  bool any_unwatched() const;
  std::vector<std::string> step_ids() const;

  template <class A>
  void fields(A& a) {
    a(entries_);
  }

 private:
  struct Entry {
    std::string step_id;
    std::string name;
    StepAction action{};
    bool watched = false;
    template <class A>
    void fields(A& a) {
      a(step_id, name, action, watched);
    }
  };
  std::vector<Entry> entries_;
};

}  // namespace nightwatt::core
