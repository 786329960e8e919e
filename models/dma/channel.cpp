#include "models/dma/channel.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "registers/generated/dma_table.hpp"

namespace terse::dma {

namespace regs = registers::dma;
using sc_core::sc_time;
using sc_core::sc_time_stamp;

namespace {
/// A chain that comes back to itself would otherwise never end.
constexpr std::uint32_t longest_chain = 65536;

Activity activity_of(const Burst& burst, std::uint64_t beats) {
  Activity activity;
  activity[Action::dma_beats] = beats;
  activity[Action::dma_bursts] = 1;
  if (!burst.fill) {
    activity[burst.source_in_scratchpad ? Action::dma_scratchpad_read_bytes : Action::dma_memory_read_bytes] =
        burst.length;
  }
  activity[burst.destination_in_scratchpad ? Action::dma_scratchpad_write_bytes : Action::dma_memory_write_bytes] =
      burst.length;
  return activity;
}
}  // namespace

Channel::Channel(std::string name, const DmaParameters& parameters, Window scratchpad, sc_time clock_period,
                 sc_core::sc_out<bool>& interrupt, Ports& ports, DataPath& data_path)
    : parameters_(parameters),
      scratchpad_(scratchpad),
      clock_period_(clock_period),
      ports_(ports),
      data_path_(data_path),
      control_(std::move(name), regs::table, parameters.queue_depth, clock_period, interrupt) {}

void Channel::run() {
  for (;;) {
    const HwpeJob job = control_.wait_for_job();
    regs::Job descriptor;
    std::memcpy(&descriptor, job.registers.data(), sizeof descriptor);
    run_chain(descriptor);
  }
}

void Channel::run_chain(regs::Job job) {
  for (std::uint32_t descriptors = 1;; ++descriptors) {
    if (!control_.spend(Cause::driver, parameters_.setup_cycles)) return;
    const Block block(job);
    if (const auto problem = block.problem()) return control_.fail(ErrorCode::illegal_value, problem->offset);
    if (!copy(block)) return;
    if (job.next == 0) return control_.finish();
    if (job.next % sizeof(std::uint32_t) != 0) return control_.fail(ErrorCode::unaligned_address, job.next);
    if (descriptors == longest_chain) return control_.fail(ErrorCode::illegal_value, regs::next);
    if (!fetch(job.next, job)) return;
  }
}

/// False when the job is over: failed, or soft-cleared.
bool Channel::copy(const Block& block) {
  BurstSequence bursts(block, scratchpad_, parameters_.burst_bytes);
  in_flight_.clear();
  fill_ = block.fill;
  next_issue_ = write_end_ = writes_end_ = sc_time_stamp();
  const std::uint32_t depth = bursts.overlapping() ? 1 : parameters_.outstanding_bursts;
  for (std::uint32_t i = 0; i < depth; ++i) issue(bursts, sc_time_stamp());
  while (!in_flight_.empty()) {
    if (!move(in_flight_.front())) return false;
    in_flight_.pop_front();
    issue(bursts, write_end_);  // the buffer is free when its burst has been written
  }
  return wait_until(writes_end_);
}

/// Issues the read of the next burst, if there is one, at `earliest` or as soon after it as requests can be issued.
void Channel::issue(BurstSequence& bursts, sc_time earliest) {
  const std::optional<Burst> next = bursts.next();
  if (!next) return;
  const sc_time start = std::max({earliest, next_issue_, sc_time_stamp()});
  next_issue_ = start + clock_period_;
  InFlight entry{.burst = *next, .data = {}, .ready = start};
  entry.data.resize(next->length);
  if (next->fill) {
    std::ranges::fill(entry.data, fill_);
  } else if (next->error == ErrorCode::none) {
    const Access access = transport(tlm::TLM_READ_COMMAND, next->source_in_scratchpad, next->source, entry.data.data(),
                                    next->length, start);
    entry.ready = access.end;
    if (!access.ok) {
      entry.burst.error = ErrorCode::bus_error;
      entry.burst.error_address = access.failing_address;
    }
  }
  in_flight_.push_back(std::move(entry));
}

/// Moves the oldest burst from its buffer to its destination.
bool Channel::move(InFlight& entry) {
  const Burst& burst = entry.burst;
  if (!wait_until(entry.ready)) return false;
  if (burst.error != ErrorCode::none) return fail_after_writes(burst.error, burst.error_address);

  const std::uint64_t beats = (burst.length + parameters_.bus_bytes - 1) / parameters_.bus_bytes;
  const std::uint64_t start = data_path_.reserve(cycle_from(sc_time_stamp()), beats);
  if (!wait_until(sc_time::from_value(start * clock_period_.value()))) return false;
  const sc_time moved = sc_time_stamp() + sc_time::from_value(beats * clock_period_.value());
  const Access access = transport(tlm::TLM_WRITE_COMMAND, burst.destination_in_scratchpad, burst.destination,
                                  entry.data.data(), burst.length, sc_time_stamp());
  // A target that keeps time itself has let the beats pass meanwhile.
  const std::uint64_t passed = cycle_from(sc_time_stamp()) - start;
  const std::uint64_t beats_passed = std::min(beats, passed - std::min(passed, access.lost_cycles));
  control_.reattribute(Cause::dma_wait, Cause::compute, beats_passed);
  write_end_ = std::max(access.end, moved);
  writes_end_ = std::max(writes_end_, write_end_);
  if (!access.ok) return fail_after_writes(ErrorCode::bus_error, access.failing_address);
  control_.count(burst.length, burst.fill ? 0 : burst.length, burst.length);
  control_.count(activity_of(burst, beats));
  return control_.spend(Cause::compute, beats - beats_passed);
}

Access Channel::transport(tlm::tlm_command command, bool to_scratchpad, std::uint32_t address, std::uint8_t* data,
                          std::uint32_t length, sc_time start) {
  control_.set_cause(Cause::dma_wait);
  const Access access = ports_.transport(command, to_scratchpad, address, data, length, start, control_.rank());
  control_.reattribute(Cause::dma_wait, Cause::bank_conflict, access.lost_cycles);
  return access;
}

/// The error is reported when everything before it has been written, so that software finds a defined state.
bool Channel::fail_after_writes(ErrorCode code, std::uint32_t address) {
  if (wait_until(writes_end_)) control_.fail(code, address);
  return false;
}

bool Channel::fetch(std::uint32_t address, regs::Job& job) {
  std::array<std::uint8_t, sizeof(regs::Job)> bytes{};
  const bool in_scratchpad = scratchpad_.contains(address);
  if (in_scratchpad && address + bytes.size() > scratchpad_.end()) {
    control_.fail(ErrorCode::out_of_range, static_cast<std::uint32_t>(scratchpad_.end()));
    return false;
  }
  sc_time time = sc_time_stamp();
  for (std::uint32_t done = 0; done < bytes.size();) {
    const std::uint32_t boundary = parameters_.burst_bytes - (address + done) % parameters_.burst_bytes;
    const std::uint32_t length = std::min<std::uint32_t>(boundary, static_cast<std::uint32_t>(bytes.size()) - done);
    const Access access =
        transport(tlm::TLM_READ_COMMAND, in_scratchpad, address + done, bytes.data() + done, length, time);
    time = access.end;
    if (!access.ok) {
      if (wait_until(time)) control_.fail(ErrorCode::bus_error, access.failing_address);
      return false;
    }
    done += length;
  }
  std::memcpy(&job, bytes.data(), sizeof job);
  return wait_until(time);
}

/// Waits for memory until `time`, rounded up to the channel's clock.
bool Channel::wait_until(sc_time time) {
  const std::uint64_t now = sc_time_stamp().value() / clock_period_.value();
  const std::uint64_t target = cycle_from(time);
  return control_.spend(Cause::dma_wait, target > now ? target - now : 0);
}

/// The first clock edge at or after `time`.
std::uint64_t Channel::cycle_from(sc_time time) const {
  return (time.value() + clock_period_.value() - 1) / clock_period_.value();
}

}  // namespace terse::dma
