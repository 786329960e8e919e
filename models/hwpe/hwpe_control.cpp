#include "models/hwpe/hwpe_control.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace terse {

namespace hwpe = registers::hwpe;
namespace fields = registers::hwpe::fields;
using registers::Access;
using registers::RegisterDescription;

namespace {

constexpr std::uint32_t no_job = 0xFFFFFFFF;

std::vector<std::uint32_t> job_reset_values(std::span<const RegisterDescription> table) {
  std::vector<std::uint32_t> values;
  for (const RegisterDescription& description : table) {
    if (description.job) values.push_back(description.reset);
  }
  return values;
}

std::size_t job_register_index(std::uint32_t offset) {
  return (offset - hwpe::job_offset) / 4;
}

bool is_counter(std::uint32_t offset) {
  return offset >= hwpe::counters_offset && offset < hwpe::counters_offset + 8 * hwpe::counter_count;
}

}  // namespace

HwpeControl::HwpeControl(std::string name, std::span<const RegisterDescription> table, std::uint32_t contexts,
                         sc_core::sc_time clock_period, sc_core::sc_out<bool>& interrupt)
    : name_(std::move(name)),
      clock_period_(clock_period),
      registers_(table),
      queue_(contexts, job_reset_values(table)),
      interrupt_(interrupt) {
  registers_.set(hwpe::cap_queue,
                 fields::cap_queue::depth.make(contexts) | fields::cap_queue::counters.make(hwpe::counter_count));
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.set_sensitivity(&interrupt_edge_);
  options.dont_initialize();
  sc_core::sc_spawn([this] { drive_interrupt(); }, sc_core::sc_gen_unique_name("interrupt_line"), &options);
}

// -- time ----------------------------------------------------------------------------------------------------------

std::uint64_t HwpeControl::cycle() const {
  return sc_core::sc_time_stamp().value() / clock_period_.value();
}

sc_core::sc_time HwpeControl::until_cycle(std::uint64_t cycle) const {
  return sc_core::sc_time::from_value(cycle * clock_period_.value()) - sc_core::sc_time_stamp();
}

// -- register access -----------------------------------------------------------------------------------------------

void HwpeControl::access(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  if (delay != sc_core::SC_ZERO_TIME) {
    sc_core::wait(delay);
    delay = sc_core::SC_ZERO_TIME;
  }
  synchronize();
  access_register(transaction, delay, *this);
}

unsigned HwpeControl::access_debug(tlm::tlm_generic_payload& transaction) {
  return access_register_debug(transaction, *this);
}

RegisterError HwpeControl::read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& /*delay*/) {
  const RegisterDescription* description = registers_.find(offset);
  if (description == nullptr) return RegisterError::no_register;
  if (description->access == Access::write_only) return RegisterError::not_readable;
  value = offset == hwpe::acquire ? queue_.acquire() : peek(offset);
  return RegisterError::none;
}

RegisterError HwpeControl::peek_register(std::uint32_t offset, std::uint32_t& value) const {
  if (registers_.find(offset) == nullptr) return RegisterError::no_register;
  value = peek(offset);
  return RegisterError::none;
}

std::uint32_t HwpeControl::peek(std::uint32_t offset) const {
  const RegisterDescription* description = registers_.find(offset);
  if (description == nullptr) return 0;
  if (description->job) return queue_.visible_registers()[job_register_index(offset)];
  if (is_counter(offset)) {
    const std::uint32_t half = (offset - hwpe::counters_offset) / 4;
    return static_cast<std::uint32_t>(counters_.snapshot_value(hwpe::Counter{half / 2}) >> (32 * (half % 2)));
  }
  switch (offset) {
    case hwpe::acquire:
      return queue_.peek_acquire();
    case hwpe::status:
      return queue_.status();
    case hwpe::running_job:
      return queue_.running_job();
    default:
      return registers_.get(offset);
  }
}

RegisterError HwpeControl::write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& /*delay*/) {
  const RegisterDescription* description = registers_.find(offset);
  if (description == nullptr) return RegisterError::no_register;
  if (description->access == Access::read_only) return RegisterError::not_writable;
  if (description->job) {
    write_job_register(offset, value & description->writable);
    return RegisterError::none;
  }
  switch (offset) {
    case hwpe::commit_trigger:
      commit_trigger(fields::commit_trigger::action.get(value));
      break;
    case hwpe::soft_clear:
      soft_clear(fields::soft_clear::scope.get(value));
      break;
    case hwpe::irq_set:
      registers_.set(hwpe::irq_status, registers_.get(hwpe::irq_status) | (value & description->writable));
      interrupt_may_change();
      break;
    case hwpe::perf_control:
      performance_control(value);
      break;
    default:
      registers_.write(offset, value);
      if (domain_ != nullptr) domain_->set_rank(port_, rank());
      interrupt_may_change();
      break;
  }
  return RegisterError::none;
}

void HwpeControl::write_job_register(std::uint32_t offset, std::uint32_t value) {
  JobContext* context = queue_.acquired();
  if (context == nullptr) {
    record_error(ErrorCode::protocol, offset, no_job);
  } else {
    context->registers[job_register_index(offset)] = value;
  }
}

void HwpeControl::commit_trigger(std::uint32_t action) {
  constexpr std::uint32_t commit_and_start = 0;
  constexpr std::uint32_t commit_only = 1;
  constexpr std::uint32_t start_only = 2;
  if (action > start_only) return record_error(ErrorCode::illegal_value, hwpe::commit_trigger, no_job);
  if (action == commit_and_start || action == commit_only) {
    if (!queue_.commit()) return record_error(ErrorCode::protocol, hwpe::commit_trigger, no_job);
  }
  if (action == commit_only) return;
  queue_.trigger(sc_core::sc_time_stamp() + until_cycle(cycle() + 1));
  changed_.notify();
}

void HwpeControl::soft_clear(std::uint32_t scope) {
  constexpr std::uint32_t everything = 0;
  constexpr std::uint32_t job_registers = 2;
  if (scope > job_registers) return record_error(ErrorCode::illegal_value, hwpe::soft_clear, no_job);
  if (scope == job_registers) return queue_.reset_acquired_registers();

  dropped_ = true;  // means nothing when no job runs: wait_for_job() takes it back
  counters_.switch_to(Cause::idle, cycle());
  queue_.clear(scope == everything);
  for (const std::uint32_t offset : {hwpe::err_code, hwpe::err_addr, hwpe::err_job}) registers_.set(offset, 0);
  if (scope == everything) {
    for (const std::uint32_t offset :
         {hwpe::irq_status, hwpe::finished_jobs, hwpe::overflow_count, hwpe::saturation_count}) {
      registers_.set(offset, 0);
    }
    interrupt_may_change();
  }
  changed_.notify();
}

void HwpeControl::performance_control(std::uint32_t value) {
  if (fields::perf_control::snapshot.get(value) != 0) counters_.snapshot(cycle());
  if (fields::perf_control::clear.get(value) != 0) counters_.clear(cycle());
  counters_.enable(fields::perf_control::enable.get(value) != 0, cycle());
  registers_.write(hwpe::perf_control, value);
}

void HwpeControl::set_capability(std::uint32_t offset, std::uint32_t value) {
  registers_.set(offset, value);
}

PortRank HwpeControl::rank() const {
  return {fields::arb_priority::priority.get(registers_.get(hwpe::arb_priority)),
          fields::arb_max_stall::cycles.get(registers_.get(hwpe::arb_max_stall))};
}

void HwpeControl::set_rank(const PortRank& rank) {
  registers_.set(hwpe::arb_priority, rank.priority);
  registers_.set(hwpe::arb_max_stall, rank.max_stall);
}

void HwpeControl::set_observer(JobObserver observer) {
  observer_ = std::move(observer);
}

// -- interrupts and errors -----------------------------------------------------------------------------------------

void HwpeControl::raise(registers::Field interrupt) {
  registers_.set(hwpe::irq_status, registers_.get(hwpe::irq_status) | interrupt.mask());
  interrupt_may_change();
}

void HwpeControl::interrupt_may_change() {
  interrupt_edge_.notify(until_cycle(cycle() + 1));
}

void HwpeControl::drive_interrupt() {
  interrupt_.write((registers_.get(hwpe::irq_status) & registers_.get(hwpe::irq_enable)) != 0);
}

void HwpeControl::record_error(ErrorCode code, std::uint32_t address, std::uint32_t job) {
  if (registers_.get(hwpe::err_code) == static_cast<std::uint32_t>(ErrorCode::none)) {
    registers_.set(hwpe::err_code, static_cast<std::uint32_t>(code));
    registers_.set(hwpe::err_addr, address);
    registers_.set(hwpe::err_job, job);
  }
  raise(fields::irq_status::error);
}

void HwpeControl::count_events(std::uint32_t offset, std::uint64_t events) {
  const std::uint64_t sum = registers_.get(offset) + events;
  registers_.set(offset,
                 static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max())));
}

// -- the unit's thread ---------------------------------------------------------------------------------------------

HwpeJob HwpeControl::wait_for_job() {
  for (;;) {
    const bool stands = registers_.get(hwpe::err_code) != static_cast<std::uint32_t>(ErrorCode::none);
    const JobContext* next = stands ? nullptr : queue_.next();
    if (next == nullptr) {
      sc_core::wait(changed_);
    } else if (next->earliest_start > sc_core::sc_time_stamp()) {
      sc_core::wait(next->earliest_start - sc_core::sc_time_stamp(), changed_);
    } else {
      break;
    }
  }
  dropped_ = false;
  const JobContext& context = queue_.start_next();
  counters_.start_job(Cause::driver, cycle());
  record_ = JobRecord{};
  record_.unit = name_;
  record_.tag = context.registers.empty() ? 0 : context.registers.front();
  record_.id = context.id;
  record_.start = sc_core::sc_time_stamp();
  return {context.id, context.registers};
}

bool HwpeControl::spend(Cause cause, std::uint64_t cycles) {
  if (dropped_) return false;
  const std::uint64_t end = cycle() + cycles;
  counters_.switch_to(cause, cycle());
  while (!dropped_ && cycle() < end) sc_core::wait(until_cycle(end), changed_);
  // What the unit does between two calls takes no time; should it wait on its own, that is set-up.
  if (!dropped_) counters_.switch_to(Cause::driver, cycle());
  return !dropped_;
}

void HwpeControl::set_cause(Cause cause) {
  if (!dropped_) counters_.switch_to(cause, cycle());
}

void HwpeControl::reattribute(Cause from, Cause to, std::uint64_t cycles) {
  if (!dropped_) counters_.reattribute(from, to, cycles, cycle());
}

bool HwpeControl::execute(ClockDomain& domain, Clocked& engine, unsigned port) {
  if (dropped_) return false;
  counters_.switch_to(Cause::driver, cycle());  // what passed before is set-up; from here on the engine says
  domain.set_rank(port, rank());
  domain.attach(engine, port, engine_done_);
  domain_ = &domain;
  port_ = port;
  engine_ = &engine;
  while (!dropped_ && !engine.finished()) sc_core::wait(engine_done_ | changed_);
  synchronize();
  domain.detach(engine);
  domain_ = nullptr;
  engine_ = nullptr;
  return !dropped_;
}

void HwpeControl::synchronize() {
  if (engine_ == nullptr) return;
  domain_->advance();
  counters_.add(engine_->take_passed(), cycle());
}

void HwpeControl::count(std::uint64_t operations, std::uint64_t bytes_read, std::uint64_t bytes_written) {
  record_.operations += operations;
  record_.bytes_read += bytes_read;
  record_.bytes_written += bytes_written;
}

void HwpeControl::count_overflow(std::uint64_t events) {
  count_events(hwpe::overflow_count, events);
}

void HwpeControl::count_saturation(std::uint64_t events) {
  count_events(hwpe::saturation_count, events);
}

void HwpeControl::finish() {
  if (dropped_) return;
  registers_.set(hwpe::finished_jobs, registers_.get(hwpe::finished_jobs) + 1);
  raise(fields::irq_status::job_done);
  end_job(ErrorCode::none);
}

void HwpeControl::fail(ErrorCode code, std::uint32_t address) {
  if (dropped_) return;
  record_error(code, address, record_.id);
  end_job(code);
}

void HwpeControl::end_job(ErrorCode error) {
  record_.error = error;
  record_.end = sc_core::sc_time_stamp();
  record_.cycles = counters_.job_cycles(cycle());
  queue_.end_running();
  raise(fields::irq_status::queue_space);
  counters_.switch_to(Cause::idle, cycle());
  if (observer_) observer_(record_);
}

std::uint32_t HwpeControl::job_register_offset(std::size_t index) {
  return hwpe::job_offset + 4 * static_cast<std::uint32_t>(index);
}

}  // namespace terse
