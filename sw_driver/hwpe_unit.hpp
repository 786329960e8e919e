#pragma once
// What all accelerator units have in common: the control block (registers/hwpe.yaml). Jobs are dispatched without
// waiting; a unit runs its jobs in order, so that a count of finished jobs tells which are done.
//
// Verbs: init, term, dispatch (asynchronous), resolve_check, resolve_wait, dispatch_wait.
#include <array>
#include <bit>
#include <cstdint>

#include "registers/generated/hwpe.hpp"
#include "sw_driver/hal.hpp"
#include "sw_driver/interrupts.hpp"
#include "sw_driver/result.hpp"
#include "sw_driver/watchdog.hpp"

namespace terse::driver {

using UnitKind = registers::hwpe::Unit;

/// Sequence number of a job among those dispatched to its unit since init; wraps.
using Ticket = std::uint32_t;

/// SOFT_CLEAR.SCOPE.
enum class ClearScope : std::uint32_t { everything = 0, engine = 1, job_registers = 2 };

/// What became of a unit's jobs.
enum class Progress : std::uint8_t { none, finished, failed };

/// Performance counters as of one instant: ELAPSED, then its causes in the order of registers/hwpe.yaml.
using PerformanceSnapshot = std::array<std::uint64_t, registers::hwpe::counter_count>;

template <Hal H>
class HwpeUnit {
 public:
  HwpeUnit(H& hal, Interrupts<H>& interrupts, UnitKind kind) : hal_(&hal), interrupts_(&interrupts), kind_(kind) {}
  // The interrupt table points at the line in here.
  HwpeUnit(const HwpeUnit&) = delete;
  HwpeUnit& operator=(const HwpeUnit&) = delete;

  /// Checks that the unit at `base` is what it should be, clears it and takes its interrupt `source`.
  Status init(std::uint32_t base, std::uint32_t source);
  void term();
  [[nodiscard]] bool present() const { return line_.unit_base != 0; }
  [[nodiscard]] UnitKind kind() const { return kind_; }

  // -- control block ---------------------------------------------------------------------------------------------
  [[nodiscard]] std::uint32_t read(std::uint32_t offset) const { return hal_->read32(line_.unit_base + offset); }
  void write(std::uint32_t offset, std::uint32_t value) { hal_->write32(line_.unit_base + offset, value); }

  /// Locks the unit to a new job and returns its id, or `full` or `locked`.
  [[nodiscard]] std::uint32_t acquire() { return read(registers::hwpe::acquire); }
  static constexpr std::uint32_t full = 0xFFFFFFFF;
  static constexpr std::uint32_t locked = 0xFFFFFFFE;
  /// Ends the programming of the acquired job and starts the queue.
  void commit() { write(registers::hwpe::commit_trigger, 0); }
  [[nodiscard]] std::uint32_t status() const { return read(registers::hwpe::status); }
  /// Whether any context holds a job.
  [[nodiscard]] bool is_busy() const { return status() != 0; }
  /// Stops the unit; the tickets given so far become meaningless unless scope is job_registers.
  void soft_clear(ClearScope scope = ClearScope::everything);
  /// The cause for which the unit stands, or ok.
  [[nodiscard]] Status error(std::source_location place = std::source_location::current()) const;
  [[nodiscard]] std::uint32_t overflow_count() const { return read(registers::hwpe::overflow_count); }
  [[nodiscard]] std::uint32_t queue_depth() const { return queue_depth_; }
  [[nodiscard]] PerformanceSnapshot performance();
  /// Low word of the COMPUTE counter as of now; counters are on from the first call.
  [[nodiscard]] std::uint32_t compute_cycles();

  // -- jobs ------------------------------------------------------------------------------------------------------
  /// Starts a job whose job registers `program` writes (a callable that takes this unit). Returns none, queue_full (try
  /// again after an interrupt) or unit_locked.
  template <typename Program>
  [[nodiscard]] ErrorCode try_dispatch(std::uint32_t tag, const Program& program, Ticket& ticket);
  /// Writes job registers `first` to `end` - 1 from words[first] on.
  template <typename Words>
  void write_job(const Words& words, std::uint32_t first, std::uint32_t end) {
    // Copies, which the stores to the unit cannot be suspected to change.
    H& hal = *hal_;
    const std::uint32_t base = line_.unit_base + registers::hwpe::job_offset;
#pragma GCC unroll 4
    for (std::uint32_t index = first; index < end; ++index) hal.write32(base + 4 * index, words[index]);
  }
  /// The same as a Result, for a job in memory.
  template <typename Job>
  Result<Ticket> dispatch(const Job& job) {
    constexpr std::uint32_t count = sizeof(Job) / sizeof(std::uint32_t);
    const auto words = std::bit_cast<std::array<std::uint32_t, count>>(job);
    Ticket ticket = 0;
    const ErrorCode code = try_dispatch(
        job.tag, [&words](HwpeUnit& unit) { unit.write_job(words, 0, count); }, ticket);
    if (code != ErrorCode::none) return fail(code, {.subject = static_cast<std::uint32_t>(kind_)});
    return ticket;
  }

  /// Bottom half: takes over what the interrupt handler recorded since the last call.
  Progress service();
  /// Whether the job was done at the last service().
  [[nodiscard]] bool is_finished(Ticket ticket) const {
    return static_cast<std::int32_t>(finished_ - ticket) >= 0;
  }
  [[nodiscard]] bool has_unfinished() const {
    return finished_ != dispatched_;
  }
  [[nodiscard]] std::uint32_t tag_of(Ticket ticket) const {
    return history_[ticket % history_.size()].tag;
  }
  /// TAG of the oldest job under way.
  [[nodiscard]] std::uint32_t oldest_tag() const {
    return has_unfinished() ? tag_of(finished_ + 1) : no_tag;
  }

  /// Whether the job is done; does not block.
  Result<bool> resolve_check(Ticket ticket) {
    if (service() == Progress::failed) return error().error();
    return is_finished(ticket);
  }
  /// Sleeps until the job is done; `watchdog` is started by the caller.
  Status resolve_wait(Ticket ticket, Watchdog<H>& watchdog);
  template <typename Job>
  Status dispatch_wait(const Job& job, Watchdog<H>& watchdog) {
    const Result<Ticket> ticket = dispatch(job);
    if (!ticket.ok()) return ticket.error();
    return resolve_wait(ticket.value(), watchdog);
  }

  /// The error of a job that does not end.
  [[nodiscard]] Error stuck(std::source_location place = std::source_location::current()) const {
    return fail(ErrorCode::timeout,
                {.subject = static_cast<std::uint32_t>(kind_), .address = line_.unit_base, .tag = oldest_tag()}, place);
  }

 private:
  /// Which job had which id, for the TAG of a failed job; longer than any queue.
  struct Record {
    std::uint32_t id = 0xFFFFFFFF;
    std::uint32_t tag = no_tag;
  };

  H* hal_;
  Interrupts<H>* interrupts_;
  UnitKind kind_;
  InterruptLine line_;
  std::uint32_t queue_depth_ = 1;
  Ticket dispatched_ = 0;
  Ticket finished_ = 0;
  std::array<Record, 16> history_{};
};

template <Hal H>
Status HwpeUnit<H>::init(std::uint32_t base, std::uint32_t source) {
  namespace hwpe = registers::hwpe;
  struct Expectation {
    std::uint32_t offset;
    std::uint32_t value;
    std::uint32_t mask;
  };
  line_.unit_base = base;
  // A minor version only adds; a major one changes what registers mean.
  const std::array<Expectation, 3> expectations{
      {{hwpe::cap_magic, 0x45535254, 0xFFFFFFFF},
       {hwpe::cap_version, hwpe::fields::cap_version::major.make(1), hwpe::fields::cap_version::major.mask()},
       {hwpe::cap_unit, static_cast<std::uint32_t>(kind_), 0xFFFFFFFF}}};
  for (const Expectation& expectation : expectations) {
    const std::uint32_t value = read(expectation.offset);
    if (const Fault fault = hal_->take_fault(); fault.pending) {
      return fail(ErrorCode::bus_error, {.subject = static_cast<std::uint32_t>(kind_), .address = fault.address});
    }
    if ((value & expectation.mask) != expectation.value) {
      return fail(ErrorCode::foreign_unit, {.subject = static_cast<std::uint32_t>(kind_),
                                            .address = base + expectation.offset,
                                            .need = expectation.value,
                                            .have = value});
    }
  }
  queue_depth_ = hwpe::fields::cap_queue::depth.get(read(hwpe::cap_queue));
  soft_clear();
  write(hwpe::irq_status, 0xFFFFFFFF);
  write(hwpe::irq_enable, hwpe::fields::irq_enable::job_done.mask() | hwpe::fields::irq_enable::error.mask());
  return interrupts_->connect(source, line_);
}

template <Hal H>
void HwpeUnit<H>::term() {
  if (!present()) return;
  write(registers::hwpe::irq_enable, 0);
  soft_clear();
  line_.unit_base = 0;
}

template <Hal H>
void HwpeUnit<H>::soft_clear(ClearScope scope) {
  write(registers::hwpe::soft_clear, static_cast<std::uint32_t>(scope));
  if (scope == ClearScope::job_registers) return;
  // FINISHED_JOBS restarts only with scope everything; take over whatever it says.
  finished_ = read(registers::hwpe::finished_jobs);
  dispatched_ = finished_;
  static_cast<void>(line_.take_events());
}

template <Hal H>
Status HwpeUnit<H>::error(std::source_location place) const {
  namespace hwpe = registers::hwpe;
  const std::uint32_t code = read(hwpe::err_code);
  if (code == static_cast<std::uint32_t>(hwpe::ErrorCode::none)) return {};
  const std::uint32_t id = read(hwpe::err_job);
  std::uint32_t tag = no_tag;
  for (const Record& record : history_) {
    if (record.id == id) tag = record.tag;
  }
  return fail(
      ErrorCode::unit_error,
      {.subject = static_cast<std::uint32_t>(kind_), .unit_code = code, .address = read(hwpe::err_addr), .tag = tag},
      place);
}

template <Hal H>
PerformanceSnapshot HwpeUnit<H>::performance() {
  namespace hwpe = registers::hwpe;
  write(hwpe::perf_control, hwpe::fields::perf_control::enable.mask() | hwpe::fields::perf_control::snapshot.mask());
  PerformanceSnapshot snapshot{};
  for (std::uint32_t index = 0; index < snapshot.size(); ++index) {
    const std::uint32_t offset = hwpe::counters_offset + 8 * index;
    snapshot[index] = std::uint64_t{read(offset + 4)} << 32 | read(offset);
  }
  return snapshot;
}

template <Hal H>
std::uint32_t HwpeUnit<H>::compute_cycles() {
  namespace hwpe = registers::hwpe;
  write(hwpe::perf_control, hwpe::fields::perf_control::enable.mask() | hwpe::fields::perf_control::snapshot.mask());
  return read(hwpe::counter_compute_low);
}

template <Hal H>
template <typename Program>
ErrorCode HwpeUnit<H>::try_dispatch(std::uint32_t tag, const Program& program, Ticket& ticket) {
  // The unit would refuse it too; knowing it here saves an access to the bus.
  if (dispatched_ - finished_ >= queue_depth_) return ErrorCode::queue_full;
  const std::uint32_t id = acquire();
  if (id == full) return ErrorCode::queue_full;
  if (id == locked) return ErrorCode::unit_locked;
  program(*this);
  ticket = ++dispatched_;
  history_[ticket % history_.size()] = Record{id, tag};
  hal_->barrier();
  commit();
  return ErrorCode::none;
}

template <Hal H>
Progress HwpeUnit<H>::service() {
  namespace fields = registers::hwpe::fields::irq_status;
  if (!line_.has_events()) return Progress::none;
  const std::uint32_t events = line_.take_events();
  if ((events & fields::error.mask()) != 0 && !error().ok()) return Progress::failed;
  const Ticket before = finished_;
  finished_ = read(registers::hwpe::finished_jobs);
  hal_->barrier();
  return finished_ == before ? Progress::none : Progress::finished;
}

template <Hal H>
Status HwpeUnit<H>::resolve_wait(Ticket ticket, Watchdog<H>& watchdog) {
  for (;;) {
    static_cast<void>(interrupts_->take_activity());
    const Result<bool> done = resolve_check(ticket);
    if (!done.ok()) return done.error();
    if (const Fault fault = hal_->take_fault(); fault.pending) {
      return fail(ErrorCode::bus_error, {.address = fault.address});
    }
    if (done.value()) return {};
    if (watchdog.expired()) return stuck();
    interrupts_->sleep();
  }
}

}  // namespace terse::driver
