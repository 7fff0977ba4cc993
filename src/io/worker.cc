#include "io/worker.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace nightwatt::io {

struct Worker::Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;
  Job idle;
  Duration idle_interval{0};
  bool stopping = false;
  bool ended = false;
  std::thread thread;

  // The next job, the idle job, or an empty one at the end.
  Job next() {
    std::unique_lock lock(mutex);
    for (;;) {
      if (!jobs.empty()) {
        Job job = std::move(jobs.front());
        jobs.pop_front();
        return job;
      }
      if (stopping) return {};
      if (!idle) {
        changed.wait(lock);
      } else if (changed.wait_for(lock, idle_interval) == std::cv_status::timeout && jobs.empty() &&
                 !stopping) {
        return idle;
      }
    }
  }
};

Worker::Worker(const char* thread_name) : queue_(std::make_shared<Queue>()) {
  auto run = [queue = queue_] {
    while (Job job = queue->next()) {
      job();
      job = {};  // what it owned is gone before anybody hears that the queue is done
    }
    const std::lock_guard lock(queue->mutex);
    queue->idle = {};
    queue->ended = true;
    queue->changed.notify_all();
  };
  queue_->thread = std::thread(std::move(run));
  pthread_setname_np(queue_->thread.native_handle(), thread_name);
}

Worker::~Worker() { stop(Duration(0)); }

void Worker::post(Job job) {
  const std::lock_guard lock(queue_->mutex);
  if (queue_->stopping) return;
  queue_->jobs.push_back(std::move(job));
  queue_->changed.notify_all();
}

void Worker::when_idle(Duration interval, Job job) {
  const std::lock_guard lock(queue_->mutex);
  queue_->idle = std::move(job);
  queue_->idle_interval = interval;
  queue_->changed.notify_all();
}

bool Worker::stop(Duration patience) {
  std::unique_lock lock(queue_->mutex);
  if (!queue_->thread.joinable()) return true;
  queue_->stopping = true;
  queue_->changed.notify_all();
  queue_->changed.wait_for(lock, patience, [this] { return queue_->ended; });
  const bool ended = queue_->ended;
  std::thread thread = std::move(queue_->thread);
  lock.unlock();
  if (ended)
    thread.join();
  else
    thread.detach();
  return ended;
}

}  // namespace nightwatt::io
