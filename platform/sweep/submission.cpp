#include "platform/sweep/submission.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "platform/process/process_pool.hpp"
#include "platform/sweep/sweep.hpp"

namespace terse::sweep {
namespace {

using Json = nlohmann::ordered_json;

/// Under another name first: a reader sees all of it or nothing.
void write_whole(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path unfinished = file.string() + fmt::format(".{}", getpid());
  std::ofstream stream(unfinished, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) {
    throw configuration::ConfigurationError({file.string(), 0, 0},
                                            "cannot be written; is there room, and is it shared with the cluster?");
  }
  std::filesystem::rename(unfinished, file);
}

std::string contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::filesystem::path outcome_file(const Submission& submission, std::size_t position) {
  return submission.folder / "results" / fmt::format("{}.json", position);
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

}  // namespace

void write_submission(const Submission& submission, const std::filesystem::path& executable) {
  std::filesystem::create_directories(submission.folder / "results");
  const Json json = {{"file", submission.file.string()}, {"settings", submission.settings},
                     {"identity", submission.identity},  {"program", submission.program},
                     {"limit_s", submission.limit_s},    {"jobs", submission.jobs},
                     {"chunks", submission.chunks}};
  write_whole(submission.folder / "script",
              fmt::format("#!/bin/sh\nexec {} sweep-task {} \"$SLURM_ARRAY_TASK_ID\"\n", quoted(executable.string()),
                          quoted(submission.folder.string())));
  write_whole(submission.folder / "task.json", json.dump());
}

void write_job(const Submission& submission) {
  write_whole(submission.folder / "job", submission.job);
}

std::optional<Submission> read_submission(const std::filesystem::path& folder) {
  const Json json = Json::parse(contents(folder / "task.json"), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  Submission submission;
  submission.folder = folder;
  submission.file = json.at("file").get<std::string>();
  submission.settings = json.at("settings").get<std::vector<std::string>>();
  submission.identity = json.at("identity");
  submission.program = json.at("program");
  submission.limit_s = json.at("limit_s");
  submission.jobs = json.at("jobs");
  submission.chunks = json.at("chunks").get<std::vector<std::vector<std::size_t>>>();
  submission.job = contents(folder / "job");
  return submission;
}

void write_outcome(const Submission& submission, std::size_t position, const run::IsolatedOutcome& outcome) {
  const Json json = {{"exit_code", outcome.exit_code}, {"result", outcome.result}, {"failure", outcome.failure},
                     {"reason", outcome.reason},       {"errors", outcome.errors}, {"seconds", outcome.seconds}};
  write_whole(outcome_file(submission, position), json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<run::IsolatedOutcome> read_outcome(const Submission& submission, std::size_t position) {
  const Json json = Json::parse(contents(outcome_file(submission, position)), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return run::IsolatedOutcome{json.at("exit_code"), json.at("result"), json.at("failure"),
                              json.at("reason"),    json.at("errors"), json.at("seconds")};
}

std::string read_log(const Submission& submission, std::size_t task) {
  const std::string text = contents(submission.folder / fmt::format("log-{}", task));
  return text.size() <= process::kept_errors ? text : text.substr(text.size() - process::kept_errors);
}

void run_task(const Submission& submission, std::size_t task) {
  Sweep sweep(submission.file, submission.settings);
  if (sweep.program() != submission.program || sweep.record().identity != submission.identity) {
    throw configuration::ConfigurationError(
        {submission.folder.string(), 0, 0},
        "the program, the firmware or the scenario has changed since the sweep was submitted");
  }
  process::ProcessPool pool(submission.jobs, submission.limit_s);
  const auto take = [&] {
    if (const auto finished = pool.wait(1000))
      write_outcome(submission, finished->tag, run::outcome_of(finished->ending));
  };
  for (const std::size_t position : submission.chunks.at(task)) {
    if (std::filesystem::exists(outcome_file(submission, position))) continue;  // a task that Slurm has started again
    while (pool.full()) take();
    run::Scenario scenario = sweep.scenario_of(sweep.points().at(position));
    const auto network = sweep.shared_network(scenario);
    pool.start(position, [&] { return run::simulate_for_parent(scenario, network.get()); });
  }
  while (pool.running() > 0) take();
}

}  // namespace terse::sweep
