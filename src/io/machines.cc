#include "io/machines.h"

#include <fmt/format.h>
#include <pthread.h>
#include <stdlib.h>

#include <atomic>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "io/cancellation.h"
#include "io/command.h"
#include "io/remote.h"
#include "io/system_clock.h"

namespace nightwatt::io {
namespace {

constexpr Duration probe_timeout{2'000};
constexpr Duration banner_timeout{5'000};

using StepKey = std::pair<RunId, StepId>;
using WatchKey = std::pair<GroupId, std::string>;

struct Task {
  Cancellation cancel;
  std::atomic<bool> finished{false};
  std::thread thread;
};

std::string with_home(const std::string& path) {
  if (!path.starts_with("~/")) return path;
  const char* home = ::getenv("HOME");
  return (home != nullptr ? std::string(home) : std::string("/root")) + path.substr(1);
}

}  // namespace

struct StepThreads::Shared {
  MachineSettings settings;
  ports::EventSink events;
  ports::NoticeSink notices;
  KnownHostsFiles known_hosts;

  std::mutex mutex;
  std::map<StepKey, std::shared_ptr<Task>> steps;
  std::map<WatchKey, std::shared_ptr<Task>> watches;
  std::vector<std::shared_ptr<Task>> retired;  // cancelled or replaced; joined when finished

  // Not after a cancel() has returned.
  void tell(const Task& task, Event event) {
    const std::lock_guard lock(mutex);
    if (!task.cancel.cancelled()) events(std::move(event));
  }

  template <class Map, class Key>
  void retire(Map& tasks, const Key& key) {
    const auto at = tasks.find(key);
    if (at == tasks.end()) return;
    at->second->cancel.cancel();
    retired.push_back(std::move(at->second));
    tasks.erase(at);
  }

  template <class Map>
  void join_finished(Map& tasks) {
    std::erase_if(tasks, [](const auto& item) {
      if (!item.second->finished) return false;
      item.second->thread.join();
      return true;
    });
  }

  // REQUIRES: the mutex. A finished thread no longer wants it, so joining does not wait.
  void tidy() {
    join_finished(steps);
    join_finished(watches);
    std::erase_if(retired, [](const std::shared_ptr<Task>& task) {
      if (!task->finished) return false;
      task->thread.join();
      return true;
    });
  }

  // REQUIRES: the mutex. False when no thread could be started.
  template <class Map, class Key, class Work>
  bool launch(Map& tasks, const Key& key, Work work) {
    retire(tasks, key);
    auto task = std::make_shared<Task>();
    auto body = [task, work = std::move(work)] {
      work(*task);
      task->finished = true;
    };
    try {
      task->thread = std::thread(std::move(body));
    } catch (const std::system_error&) {
      return false;
    }
    pthread_setname_np(task->thread.native_handle(), "nw-step");
    tasks[key] = std::move(task);
    return true;
  }

  void run_step(Task& task, const StartStep& effect) {
    const auto* remote = std::get_if<RemoteAction>(&effect.action);
    const StepOutcome outcome =
        remote != nullptr
            ? run_remote(*remote, known_hosts, effect.deadline, task.cancel)
            : run_command(std::get<CommandAction>(effect.action), effect.deadline, task.cancel);
    tell(task,
         StepEnded{effect.run, effect.step, outcome.result, outcome.error, outcome.unreachable});
    if (remote != nullptr && outcome.result == StepResult::ok)
      watch_down(task, effect.run, effect.step, *remote);
  }

  void watch_down(Task& task, RunId run, StepId step, const RemoteAction& action) {
    const SystemClock clock;
    const Instant end = clock.now() + settings.down_watch;
    int misses = 0;
    while (clock.now() < end) {
      switch (probe_port(action.host, action.port, false, probe_timeout, task.cancel)) {
        case PortAnswer::answers: misses = 0; break;
        case PortAnswer::silent: ++misses; break;
        case PortAnswer::cannot_say: break;
      }
      if (misses >= settings.down_misses) {
        tell(task, DownConfirmed{run, step});
        return;
      }
      if (task.cancel.wait_for(settings.down_poll)) return;
    }
  }

  void wait_for_return(Task& task, const WatchReturn& effect) {
    const auto* remote = std::get_if<RemoteAction>(&effect.action);
    for (;;) {
      // A program of this machine leaves no other machine to wait for.
      if (remote == nullptr || probe_port(remote->host, remote->port, true, banner_timeout,
                                          task.cancel) == PortAnswer::answers) {
        tell(task, ReturnConfirmed{effect.group, effect.step_id});
        return;
      }
      if (task.cancel.wait_for(settings.return_poll)) return;
    }
  }
};

StepThreads::StepThreads(MachineSettings settings, ports::EventSink events,
                         ports::NoticeSink notices)
    : shared_(std::make_shared<Shared>()) {
  shared_->known_hosts = {
      settings.known_hosts_file,
      {with_home(settings.user_known_hosts_file), settings.global_known_hosts_file}};
  shared_->settings = std::move(settings);
  shared_->events = std::move(events);
  shared_->notices = std::move(notices);
}

StepThreads::~StepThreads() {
  std::vector<std::shared_ptr<Task>> all;
  {
    const std::lock_guard lock(shared_->mutex);
    for (auto& [key, task] : shared_->steps) all.push_back(std::move(task));
    for (auto& [key, task] : shared_->watches) all.push_back(std::move(task));
    for (auto& task : shared_->retired) all.push_back(std::move(task));
    for (const auto& task : all) task->cancel.cancel();
  }
  for (const auto& task : all) task->thread.join();
}

void StepThreads::start(const StartStep& effect) {
  if (effect.dry_run) {
    shared_->events(StepEnded{effect.run, effect.step, StepResult::ok, {}, false});
    return;
  }
  const std::lock_guard lock(shared_->mutex);
  shared_->tidy();
  auto work = [shared = shared_.get(), effect](Task& task) { shared->run_step(task, effect); };
  if (!shared_->launch(shared_->steps, StepKey(effect.run, effect.step), std::move(work)))
    shared_->events(StepEnded{effect.run, effect.step, StepResult::failed,
                              "no thread could be started for this step", false});
}

void StepThreads::cancel(const CancelStep& effect) {
  const std::lock_guard lock(shared_->mutex);
  shared_->retire(shared_->steps, StepKey(effect.run, effect.step));
  shared_->tidy();
}

void StepThreads::watch_return(const WatchReturn& effect) {
  const std::lock_guard lock(shared_->mutex);
  shared_->tidy();
  auto work = [shared = shared_.get(), effect](Task& task) {
    shared->wait_for_return(task, effect);
  };
  if (!shared_->launch(shared_->watches, WatchKey(effect.group, effect.step_id), std::move(work)))
    shared_->notices({Severity::error,
                      NoticeKind::daemon,
                      effect.step_id,
                      "no thread could be started to watch for its return",
                      {}});
}

void StepThreads::stop_watching(const StopWatching& effect) {
  const std::lock_guard lock(shared_->mutex);
  shared_->retire(shared_->watches, WatchKey(effect.group, effect.step_id));
  shared_->tidy();
}

}  // namespace nightwatt::io
