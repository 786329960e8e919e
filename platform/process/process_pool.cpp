#include "platform/process/process_pool.hpp"

#include <poll.h>

#include <algorithm>
#include <vector>

namespace terse::process {

std::optional<ProcessPool::Finished> ProcessPool::take_ended() {
  for (auto child = children_.begin(); child != children_.end(); ++child) {
    if (!child->process.advance()) continue;
    Finished finished{child->tag, child->process.end()};
    children_.erase(child);
    return finished;
  }
  return std::nullopt;
}

std::optional<ProcessPool::Finished> ProcessPool::wait(int wait_ms) {
  if (auto finished = take_ended()) return finished;
  std::vector<pollfd> files;
  double shortest_s = wait_ms / 1000.0;
  for (Child& child : children_) {
    for (const int file : {child.process.answer_pipe(), child.process.error_pipe(), child.process.handle()}) {
      files.push_back({file, POLLIN, 0});
    }
    if (limit_s_ <= 0 || child.killed) continue;
    const double left = limit_s_ - child.process.seconds();
    if (left <= 0) {
      child.process.kill(true);
      child.killed = true;
    } else {
      shortest_s = std::min(shortest_s, left);
    }
  }
  poll(files.data(), files.size(), std::max(1, static_cast<int>(shortest_s * 1000)));
  return take_ended();
}

}  // namespace terse::process
