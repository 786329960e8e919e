#pragma once
// The job contexts of a control block: who is being programmed, who waits, who runs. Jobs run in the order of their
// commitment. Knows no time of its own.
#include <cstdint>
#include <deque>
#include <span>
#include <systemc>
#include <vector>

namespace terse {

struct JobContext {
  enum class State : std::uint8_t { free, acquired, committed, running };
  State state = State::free;
  std::uint8_t id = 0;
  bool triggered = false;  ///< Committed and due at `earliest_start`.
  sc_core::sc_time earliest_start;
  std::vector<std::uint32_t> registers;
};

class JobQueue {
 public:
  static constexpr std::uint32_t all_taken = 0xFFFFFFFF;
  static constexpr std::uint32_t already_acquired = 0xFFFFFFFE;
  static constexpr std::uint8_t no_job_run = 0xFF;

  /// `reset_values`: of the job registers in order.
  JobQueue(std::uint32_t contexts, std::vector<std::uint32_t> reset_values);

  /// What ACQUIRE would read, and acquiring for real.
  [[nodiscard]] std::uint32_t peek_acquire() const;
  std::uint32_t acquire();
  /// The context being programmed, or nullptr.
  [[nodiscard]] JobContext* acquired();
  /// Puts the acquired job into the queue; false when there is none.
  bool commit();
  /// All committed jobs are due from `earliest` on.
  void trigger(sc_core::sc_time earliest);

  /// The job that runs next, or nullptr when none is due.
  [[nodiscard]] JobContext* next();
  /// Takes next() out of the queue; it becomes the running one.
  JobContext& start_next();
  [[nodiscard]] JobContext* running() { return running_; }
  /// Frees the running job's context.
  void end_running();

  [[nodiscard]] std::uint32_t status() const;
  [[nodiscard]] std::uint8_t running_job() const { return last_run_id_; }
  /// The job registers software sees: of the acquired job, else of the running or last one.
  [[nodiscard]] std::span<const std::uint32_t> visible_registers() const;

  /// Frees all contexts. With `forget_ids` numbering starts again and the registers read their reset values.
  void clear(bool forget_ids);
  /// Gives the acquired job's registers their reset values.
  void reset_acquired_registers();

 private:
  [[nodiscard]] const JobContext* find(JobContext::State state) const;

  std::vector<std::uint32_t> reset_values_;
  std::vector<JobContext> contexts_;
  std::deque<JobContext*> committed_;
  JobContext* running_ = nullptr;
  std::vector<std::uint32_t> last_registers_;  ///< Of the last job run: its context may be programmed anew.
  std::uint8_t next_id_ = 0;
  std::uint8_t last_run_id_ = no_job_run;
};

}  // namespace terse
