#include "tests/sw_driver/fake_unit.hpp"

namespace terse::test {

namespace hwpe = registers::hwpe;

bool FakeUnit::read(std::uint32_t offset, std::uint32_t& value) {
  if (const auto capability = capabilities.find(offset); capability != capabilities.end()) {
    value = capability->second;
    return true;
  }
  switch (offset) {
    case hwpe::acquire:
      value = acquire();
      return true;
    case hwpe::finished_jobs:
      value = finished_jobs_;
      return true;
    case hwpe::status:
      value = running_ ? 1 : (acquired_ ? 4 : 0);
      return true;
    case hwpe::running_job:
      value = running_job_;
      return true;
    case hwpe::cap_magic:
      value = 0x45535254;
      return true;
    case hwpe::cap_version:
      value = 0x00010000;
      return true;
    case hwpe::cap_unit:
      value = static_cast<std::uint32_t>(unit_);
      return true;
    case hwpe::cap_queue:
      value = depth_ | 13u << 8;
      return true;
    case hwpe::irq_status:
      value = irq_status_;
      return true;
    case hwpe::irq_enable:
      value = irq_enable_;
      return true;
    case hwpe::err_code:
      value = err_code_;
      return true;
    case hwpe::err_addr:
      value = err_addr_;
      return true;
    case hwpe::err_job:
      value = err_job_;
      return true;
    case hwpe::overflow_count:
      value = overflow_count_;
      return true;
    default:
      break;
  }
  if (offset >= hwpe::counters_offset && offset < hwpe::counter_elapsed_low + 8 * hwpe::counter_count) {
    value = offset;  // recognisable in a snapshot
    return true;
  }
  return false;
}

bool FakeUnit::write(std::uint32_t offset, std::uint32_t value, std::uint64_t now) {
  constexpr std::uint32_t job_end = hwpe::job_offset + 4 * 32;
  if (offset >= hwpe::job_offset && offset < job_end) {
    if (!acquired_) {
      err_code_ = static_cast<std::uint32_t>(hwpe::ErrorCode::protocol);
      err_addr_ = offset;
      irq_status_ |= hwpe::fields::irq_status::error.mask();
      return true;
    }
    acquired_->words[(offset - hwpe::job_offset) / 4] = value;
    return true;
  }
  switch (offset) {
    case hwpe::commit_trigger:
      commit(now);
      return true;
    case hwpe::soft_clear:
      soft_clear(value);
      return true;
    case hwpe::irq_status:
      irq_status_ &= ~value;
      return true;
    case hwpe::irq_enable:
      irq_enable_ = value;
      return true;
    case hwpe::irq_set:
      irq_status_ |= value;
      return true;
    case hwpe::perf_control:
      return true;
    default:
      return false;
  }
}

std::uint32_t FakeUnit::acquire() {
  if (acquired_) return 0xFFFFFFFE;
  if (queue_.size() + (running_ ? 1 : 0) >= depth_) return 0xFFFFFFFF;
  acquired_ = FakeJob{.id = next_id_ % 256};
  ++next_id_;
  return acquired_->id;
}

void FakeUnit::commit(std::uint64_t now) {
  if (!acquired_) return;
  on_commit(*this, *acquired_);
  queue_.push_back(*acquired_);
  acquired_.reset();
  start_next(now);
}

void FakeUnit::start_next(std::uint64_t now) {
  if (running_ || queue_.empty() || err_code_ != 0) return;
  running_ = queue_.front();
  queue_.pop_front();
  running_job_ = running_->id;
  end_ = now + duration_;
  hangs_ = trouble.hang_job == started_;
  fails_ = trouble.fail_job == started_;
  ++started_;
  on_start(*this, *running_);
}

void FakeUnit::run_until(std::uint64_t now) {
  while (running_ && !hangs_ && end_ <= now) {
    const std::uint64_t end = end_;
    finish();
    start_next(end);
  }
}

void FakeUnit::finish() {
  const FakeJob job = *running_;
  running_.reset();
  if (fails_) {
    err_code_ = static_cast<std::uint32_t>(trouble.code);
    err_addr_ = trouble.address;
    err_job_ = job.id;
    irq_status_ |= hwpe::fields::irq_status::error.mask();
    return;
  }
  ++finished_jobs_;
  overflow_count_ = trouble.overflows;
  on_finish(*this, job);
  irq_status_ |= hwpe::fields::irq_status::job_done.mask() | hwpe::fields::irq_status::queue_space.mask();
}

std::optional<std::uint64_t> FakeUnit::next_event() const {
  if (!running_ || hangs_) return std::nullopt;
  return end_;
}

void FakeUnit::soft_clear(std::uint32_t scope) {
  ++soft_clears_;
  if (scope == 2) return;
  acquired_.reset();
  queue_.clear();
  running_.reset();
  err_code_ = err_addr_ = err_job_ = 0;
  if (scope == 0) finished_jobs_ = overflow_count_ = 0;
}

}  // namespace terse::test
