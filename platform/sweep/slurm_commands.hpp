#pragma once
// What a sweep needs of Slurm: sbatch, squeue, scontrol and scancel as functions.
#include <exception>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace terse::sweep {

/// Slurm cannot be reached, or refuses the job.
class SlurmError : public std::exception {
 public:
  explicit SlurmError(std::string message) : message_(std::move(message)) {}
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

struct SlurmOptions {
  std::string partition, time, memory;  ///< As sbatch takes them; empty for the cluster's defaults.
  std::string account;
  unsigned cpus = 1;                ///< Of a task, and points it runs at a time.
  std::size_t points_per_task = 0;  ///< 0: so that there are at most 1,000 tasks.
  unsigned retries = 1;             ///< How often the points of a lost task are submitted again.
  double poll_s = 2;
};

/// Submits an array with tasks 0 .. `tasks` - 1 that run `script` and write to `log` (%a: the task). Returns the job's
/// number. Throws SlurmError.
std::string submit_array(const SlurmOptions& options, std::size_t tasks, const std::filesystem::path& script,
                         const std::string& log);

/// States of the tasks that are still in the queue: PENDING, RUNNING ... Throws SlurmError when Slurm does not answer.
std::map<std::size_t, std::string> queued_tasks(const std::string& job);

/// Why a task is gone, in Slurm's words: CANCELLED, TIMEOUT, NODE_FAIL ...; "" when Slurm has forgotten it.
std::string state_of_task(const std::string& job, std::size_t task);

void cancel(const std::string& job);

}  // namespace terse::sweep
