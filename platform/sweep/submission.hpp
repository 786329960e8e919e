#pragma once
// The folder that a submitting sweep and its tasks share. Tasks write one file per point, whole or not at all, and
// never open the database: SQLite's locks cannot be relied on over network file systems.
//
//   task.json              what to run: file, settings, program, chunks of positions
//   script                 what Slurm starts
//   job                    the job's number, once it is submitted
//   results/POSITION.json  an outcome
//   log-TASK               what the task said
#include <filesystem>
#include <optional>

#include "platform/run/isolated_run.hpp"

namespace terse::sweep {

/// What task.json says.
struct Submission {
  std::filesystem::path folder;
  std::filesystem::path file;  ///< The scenario.
  std::vector<std::string> settings;
  std::string identity;  ///< Of the sweep: the points have the same positions.
  std::string program;   ///< Of the results.
  double limit_s = 0;
  unsigned jobs = 1;                             ///< Points that a task runs at a time.
  std::vector<std::vector<std::size_t>> chunks;  ///< Positions, by task.
  std::string job;                               ///< Empty before it is submitted.
};

/// Makes the folder. `program` is the executable that tasks run.
void write_submission(const Submission& submission, const std::filesystem::path& executable);
void write_job(const Submission& submission);
/// Nothing for a folder that is no submission, or an unfinished one.
std::optional<Submission> read_submission(const std::filesystem::path& folder);

void write_outcome(const Submission& submission, std::size_t position, const run::IsolatedOutcome& outcome);
/// Nothing while there is none.
std::optional<run::IsolatedOutcome> read_outcome(const Submission& submission, std::size_t position);
/// The end of what a task said.
std::string read_log(const Submission& submission, std::size_t task);

/// The work of a task: runs its chunk, each point in a process of its own. Throws ConfigurationError.
void run_task(const Submission& submission, std::size_t task);

}  // namespace terse::sweep
