#include "models/hwpe/job_queue.hpp"

#include <algorithm>
#include <cassert>

namespace terse {

JobQueue::JobQueue(std::uint32_t contexts, std::vector<std::uint32_t> reset_values)
    : reset_values_(std::move(reset_values)), contexts_(contexts), last_registers_(reset_values_) {
  for (JobContext& context : contexts_) context.registers = reset_values_;
}

const JobContext* JobQueue::find(JobContext::State state) const {
  const auto found = std::ranges::find(contexts_, state, &JobContext::state);
  return found == contexts_.end() ? nullptr : &*found;
}

std::uint32_t JobQueue::peek_acquire() const {
  if (find(JobContext::State::acquired) != nullptr) return already_acquired;
  return find(JobContext::State::free) == nullptr ? all_taken : next_id_;
}

std::uint32_t JobQueue::acquire() {
  const std::uint32_t answer = peek_acquire();
  if (answer > 0xFF) return answer;
  JobContext& context = *std::ranges::find(contexts_, JobContext::State::free, &JobContext::state);
  context.state = JobContext::State::acquired;
  context.id = next_id_++;
  context.triggered = false;
  context.registers = reset_values_;
  return answer;
}

JobContext* JobQueue::acquired() {
  const auto found = std::ranges::find(contexts_, JobContext::State::acquired, &JobContext::state);
  return found == contexts_.end() ? nullptr : &*found;
}

bool JobQueue::commit() {
  JobContext* context = acquired();
  if (context == nullptr) return false;
  context->state = JobContext::State::committed;
  committed_.push_back(context);
  return true;
}

void JobQueue::trigger(sc_core::sc_time earliest) {
  for (JobContext* context : committed_) {
    if (context->triggered) continue;
    context->triggered = true;
    context->earliest_start = earliest;
  }
}

JobContext* JobQueue::next() {
  return committed_.empty() || !committed_.front()->triggered ? nullptr : committed_.front();
}

JobContext& JobQueue::start_next() {
  assert(next() != nullptr && running_ == nullptr);
  running_ = committed_.front();
  committed_.pop_front();
  running_->state = JobContext::State::running;
  last_run_id_ = running_->id;
  last_registers_ = running_->registers;
  return *running_;
}

void JobQueue::end_running() {
  assert(running_ != nullptr);
  running_->state = JobContext::State::free;
  running_ = nullptr;
}

std::uint32_t JobQueue::status() const {
  std::uint32_t status = 0;
  for (std::size_t i = 0; i < contexts_.size(); ++i) {
    std::uint32_t bits = 0;
    switch (contexts_[i].state) {
      case JobContext::State::free:
        break;
      case JobContext::State::running:
        bits = 1;
        break;
      case JobContext::State::committed:
        bits = 2;
        break;
      case JobContext::State::acquired:
        bits = 4;
        break;
    }
    status |= bits << (8 * i);
  }
  return status;
}

std::span<const std::uint32_t> JobQueue::visible_registers() const {
  const JobContext* context = find(JobContext::State::acquired);
  return context != nullptr ? context->registers : last_registers_;
}

void JobQueue::clear(bool forget_ids) {
  for (JobContext& context : contexts_) context.state = JobContext::State::free;
  committed_.clear();
  running_ = nullptr;
  if (!forget_ids) return;
  next_id_ = 0;
  last_run_id_ = no_job_run;
  last_registers_ = reset_values_;
}

void JobQueue::reset_acquired_registers() {
  if (JobContext* context = acquired()) context->registers = reset_values_;
}

}  // namespace terse
