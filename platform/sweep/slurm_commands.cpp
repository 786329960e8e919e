#include "platform/sweep/slurm_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "platform/process/program.hpp"

namespace terse::sweep {
namespace {

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \r\n\t") + 1);
  return text;
}

process::ProgramOutcome slurm(const std::vector<std::string>& words) {
  process::ProgramOutcome outcome = process::run_program(words);
  if (outcome.exit_code == 127)
    throw SlurmError(
        fmt::format("there is no program '{}'; --executor slurm needs Slurm's commands on this machine", words[0]));
  return outcome;
}

/// "3" or, of an array's pending rest, "5-9,12%4".
void add_tasks(const std::string& text, const std::string& state, std::map<std::size_t, std::string>& tasks) {
  std::istringstream parts(text.substr(0, text.find('%')));
  for (std::string part; std::getline(parts, part, ',');) {
    const auto dash = part.find('-');
    const std::size_t first = std::stoul(part);
    const std::size_t last = dash == std::string::npos ? first : std::stoul(part.substr(dash + 1));
    for (std::size_t task = first; task <= last; ++task) tasks[task] = state;
  }
}

}  // namespace

std::string submit_array(const SlurmOptions& options, std::size_t tasks, const std::filesystem::path& script,
                         const std::string& log) {
  std::vector<std::string> words = {"sbatch",
                                    "--parsable",
                                    "--job-name=terse",
                                    fmt::format("--array=0-{}", tasks - 1),
                                    fmt::format("--cpus-per-task={}", options.cpus),
                                    "--output=" + log,
                                    "--error=" + log};
  if (!options.partition.empty()) words.push_back("--partition=" + options.partition);
  if (!options.time.empty()) words.push_back("--time=" + options.time);
  if (!options.memory.empty()) words.push_back("--mem=" + options.memory);
  if (!options.account.empty()) words.push_back("--account=" + options.account);
  words.push_back(script.string());
  const auto outcome = slurm(words);
  if (outcome.exit_code != 0) throw SlurmError("sbatch: " + trimmed(outcome.errors));
  return outcome.output.substr(0, outcome.output.find_first_of(";\r\n"));  // JOB or JOB;CLUSTER
}

std::map<std::size_t, std::string> queued_tasks(const std::string& job) {
  const auto outcome = slurm({"squeue", "--noheader", "--array", "--jobs=" + job, "--format=%K %T"});
  std::map<std::size_t, std::string> tasks;
  if (outcome.exit_code != 0) {
    if (outcome.errors.find("Invalid job id") != std::string::npos) return tasks;  // forgotten: nothing is left of it
    throw SlurmError("squeue: " + trimmed(outcome.errors));
  }
  std::istringstream lines(outcome.output);
  for (std::string task, state; lines >> task >> state;) {
    // CANCELLED, COMPLETED ... are shown for a while; they are over.
    static const std::vector<std::string> alive = {"PENDING",     "RUNNING",  "SUSPENDED",   "COMPLETING",
                                                   "CONFIGURING", "REQUEUED", "RESIZING",    "STAGE_OUT",
                                                   "SIGNALING",   "STOPPED",  "REQUEUE_HOLD"};
    if (std::find(alive.begin(), alive.end(), state) != alive.end()) add_tasks(task, state, tasks);
  }
  return tasks;
}

std::string state_of_task(const std::string& job, std::size_t task) {
  const auto outcome = slurm({"scontrol", "--oneliner", "show", "job", fmt::format("{}_{}", job, task)});
  const std::string key = "JobState=";
  const auto at = outcome.output.find(key);
  if (outcome.exit_code != 0 || at == std::string::npos) return "";
  const auto begin = at + key.size();
  return outcome.output.substr(begin, outcome.output.find(' ', begin) - begin);
}

void cancel(const std::string& job) {
  slurm({"scancel", job});
}

}  // namespace terse::sweep
