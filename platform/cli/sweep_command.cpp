#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <thread>

#include "platform/cli/format_option.hpp"
#include "platform/cli/progress_bar.hpp"
#include "platform/sweep/influence.hpp"
#include "platform/sweep/local_run.hpp"
#include "platform/sweep/slurm_run.hpp"
#include "platform/sweep/submission.hpp"

namespace terse::cli {
namespace {

namespace po = boost::program_options;

/// Done, failed, and how long the rest will take if it goes on like this.
class SweepProgress {
 public:
  void update(const sweep::Tally& tally) {
    const std::size_t run = tally.finished + tally.failed;
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    std::string note;
    if (tally.failed > 0) note += fmt::format(", {} failed", tally.failed);
    if (run > 0 && tally.done() < tally.points) {
      const auto left = static_cast<double>(tally.points - tally.done());
      note += fmt::format(", {} left", duration_text(elapsed / static_cast<double>(run) * left));
    }
    bar_.update(tally.done(), tally.points, note);
  }

 private:
  ProgressBar bar_{"points"};
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::filesystem::path database_of(const po::variables_map& values, const std::filesystem::path& file) {
  if (values.count("results") != 0) return values["results"].as<std::string>();
  const std::filesystem::path folder = values.count("output") != 0
                                           ? std::filesystem::path(values["output"].as<std::string>())
                                           : std::filesystem::path("out") / file.stem();
  return folder / "results.sqlite";
}

void make_folder_of(const std::filesystem::path& file) {
  if (!file.has_parent_path()) return;
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error)
    throw UsageError(
        fmt::format("{}: {}; choose another folder with -o", file.parent_path().string(), error.message()));
}

/// An identifier in SQL.
std::string quoted(const std::string& name) {
  return "\"" + name + "\"";
}

/// `derived`: with the parameters that follow from the others, which a table is wide enough without.
report::Rows results_of(results::Database& database, const sweep::Sweep& sweep, std::int64_t id, bool derived) {
  report::Rows rows;
  rows.columns = {"point"};
  std::string columns = "id";
  for (const auto& [parameter, kind] : sweep.description().parameters()) {
    if (kind == "derived" && !derived) continue;
    rows.columns.push_back(parameter);
    columns += ", " + quoted(parameter);
  }
  for (const char* figure : {"cycles_per_inference", "time_us", "energy_pj", "area_um2", "accuracy", "verified"}) {
    rows.columns.emplace_back(figure);
    columns += fmt::format(", {}", figure);
  }
  results::Statement statement(
      database.sqlite(), fmt::format("SELECT {} FROM sweep_results WHERE sweep_id = ? ORDER BY position", columns));
  statement.bind(id);
  while (statement.step()) {
    auto& row = rows.rows.emplace_back();
    for (int column = 0; column < statement.columns(); ++column) row.push_back(statement.value(column));
  }
  return rows;
}

/// Swept parameters that change nothing mislead: said on stderr and kept in the database.
void report_influences(results::Database& database, const sweep::Sweep& sweep, std::int64_t id) {
  std::vector<std::optional<std::string>> outcomes(sweep.points().size());
  for (const auto& [position, outcome] : database.outcomes(id)) outcomes.at(position) = outcome;
  for (const auto& [parameter, influence] : sweep::influences(sweep.description(), sweep.points(), outcomes)) {
    database.set_influence(id, parameter, sweep::to_text(influence));
    if (influence != sweep::Influence::no) continue;
    std::cerr << fmt::format("note: {} changes nothing in any result of this sweep\n", parameter);
  }
}

void report_failures(results::Database& database, const sweep::Ledger& ledger) {
  constexpr int shown = 10;
  results::Statement failures(database.sqlite(),
                              "SELECT position, parameters, kind, reason, stderr FROM failures WHERE sweep_id = ? "
                              "ORDER BY position");
  failures.bind(ledger.sweep_id());
  for (int i = 0; i < shown && failures.step(); ++i) {
    std::cerr << fmt::format("failed: point {} {}: {}: {}\n", failures.value(0).get<std::size_t>(),
                             failures.value(1).get<std::string>(), failures.value(2).get<std::string>(),
                             failures.value(3).get<std::string>());
  }
  const std::size_t failed = ledger.tally().failed;
  if (failed > shown) std::cerr << fmt::format("failed: ... and {} more\n", failed - shown);
  if (failed > 0) {
    std::cerr << fmt::format(
        "All of them with their stderr: terse query {} \"SELECT * FROM failures\"; they are run again by the next "
        "sweep\n",
        database.sqlite().file().string());
  }
}

int exit_code_of(const sweep::Tally& tally) {
  if (tally.stopped) return exit_stopped;
  if (tally.failed > 0) return exit_guest_failed;
  return tally.wrong > 0 ? exit_wrong_result : exit_good;
}

void add_options(Options& options) {
  options.add()("jobs,j", po::value<unsigned>()->default_value(std::max(1u, std::thread::hardware_concurrency())),
                "points at a time; by default one per processor");
  options.add()("output,o", po::value<std::string>(), "DIR for results.sqlite; by default out/NAME of the file");
  options.add()("results", po::value<std::string>(), "DB, another file for the results");
  options.add()("resume", "go on with a sweep: the results must be there already");
  options.add()("timeout", po::value<double>()->default_value(0), "SECONDS that a point may take; 0 for no limit");
  options.add()("executor", po::value<std::string>()->default_value("local"), "where points run: local | slurm");
  options.add()("partition", po::value<std::string>()->default_value(""), "slurm: of the job array");
  options.add()("time", po::value<std::string>()->default_value(""), "slurm: limit of a task, for example 01:00:00");
  options.add()("memory", po::value<std::string>()->default_value(""), "slurm: of a task, for example 2G");
  options.add()("account", po::value<std::string>()->default_value(""), "slurm: of the job array");
  options.add()("cpus", po::value<unsigned>()->default_value(1), "slurm: of a task, and points it runs at a time");
  options.add()("points-per-task", po::value<std::size_t>()->default_value(0), "slurm: 0 for at most 1,000 tasks");
  options.add()("retries", po::value<unsigned>()->default_value(1), "slurm: how often points of a lost task go again");
  add_format(options);
  add_settings(options);
}

sweep::SlurmOptions slurm_options(const po::variables_map& values) {
  sweep::SlurmOptions options;
  options.partition = values["partition"].as<std::string>();
  options.time = values["time"].as<std::string>();
  options.memory = values["memory"].as<std::string>();
  options.account = values["account"].as<std::string>();
  options.cpus = std::max(1u, values["cpus"].as<unsigned>());
  options.points_per_task = values["points-per-task"].as<std::size_t>();
  options.retries = values["retries"].as<unsigned>();
  return options;
}

bool on_slurm(const po::variables_map& values) {
  const std::string& executor = values["executor"].as<std::string>();
  if (executor != "local" && executor != "slurm")
    throw UsageError(fmt::format("--executor is '{}'; known: local, slurm", executor));
  return executor == "slurm";
}

/// Runs what is not in the results yet.
void run_points(sweep::Sweep& sweep, sweep::Ledger& ledger, const std::filesystem::path& results,
                const po::variables_map& values) {
  SweepProgress progress;
  const auto update = [&](const sweep::Tally& tally) { progress.update(tally); };
  const double limit_s = values["timeout"].as<double>();
  if (on_slurm(values)) {
    sweep::run_on_slurm(sweep, ledger, results.parent_path() / "slurm", values["SCENARIO.yaml"].as<std::string>(),
                        settings(values), limit_s, slurm_options(values), update);
  } else {
    sweep::run_locally(sweep, ledger, {std::max(1u, values["jobs"].as<unsigned>()), limit_s}, update);
  }
}

int run_sweep(sweep::Sweep& sweep, results::Database& database, const po::variables_map& values) {
  const report::Format format = format_of(values);
  sweep::Ledger ledger(sweep, database);
  run_points(sweep, ledger, database.sqlite().file(), values);
  const sweep::Tally& tally = ledger.tally();
  if (!tally.stopped) report_influences(database, sweep, ledger.sweep_id());
  report_failures(database, ledger);
  report::Rows rows = results_of(database, sweep, ledger.sweep_id(), format != report::Format::table);
  constexpr std::size_t shown = 40;
  const std::size_t all = rows.rows.size();
  if (format == report::Format::table && all > shown) rows.rows.resize(shown);
  std::cout << report::to_text(rows, format);
  if (format == report::Format::table) {
    if (all > shown) std::cout << fmt::format("... and {} more\n", all - shown);
    std::cout << fmt::format("\n{} points: {} finished now, {} before, {} failed, {} wrong\nresults      {}\n",
                             tally.points, tally.finished, tally.found, tally.failed, tally.wrong,
                             database.sqlite().file().string());
  }
  if (tally.stopped) std::cerr << "stopped; the same command goes on where it was\n";
  return exit_code_of(tally);
}

}  // namespace

int sweep_command(const Arguments& arguments) {
  Options options(
      "sweep SCENARIO.yaml [options]",
      "Runs every point of the scenario's 'sweep:', each in a process of its own, and keeps the results in SQLite\n"
      "(docs/sweeps.md). A point that is in the results already is not run again.\n"
      "Exit code: 0 all verified; 1 a wrong result or a missed 'expect'; 2 bad input; 3 a point failed (crash, "
      "timeout,\n"
      "refused configuration); 4 stopped before the end, by a signal or a full disk: the same command goes on.",
      "  terse sweep scenarios/studies/superposition.yaml -j 2\n"
      "  terse sweep scenarios/studies/superposition.yaml --resume --format csv\n"
      "  terse sweep scenarios/studies/superposition.yaml --executor slurm --partition short --time 00:30:00\n");
  options.positional("SCENARIO.yaml");
  add_options(options);
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  (void)format_of(*values);
  (void)on_slurm(*values);
  const std::filesystem::path file = (*values)["SCENARIO.yaml"].as<std::string>();
  sweep::Sweep sweep(file, settings(*values));
  const std::filesystem::path results = database_of(*values, file);
  if (values->count("resume") != 0 && !std::filesystem::exists(results)) {
    throw UsageError(fmt::format("there is nothing to resume: {} does not exist", results.string()));
  }
  make_folder_of(results);
  try {
    results::Database database(results);
    return run_sweep(sweep, database, *values);
  } catch (const sweep::SlurmError& error) {
    std::cerr << "error: " << error.what() << "\nWhat is stored stays; the same command goes on where it was.\n";
    return exit_stopped;
  } catch (const results::SqliteError& error) {
    std::cerr << "error: " << error.what() << "\n";
    if (!error.disk_full()) return exit_bad_input;
    std::cerr << "What is stored stays. Make room and give the same command again; it goes on where it was.\n";
    return exit_stopped;
  }
}

int sweep_task_command(const Arguments& arguments) {
  Options options("sweep-task FOLDER TASK", "One task of a sweep on Slurm. 'terse sweep --executor slurm' starts it.",
                  "  terse sweep-task out/slurm/4711-0 3\n");
  options.positional("FOLDER");
  options.positional("TASK");
  const auto values = options.parse(arguments);
  if (!values) return exit_good;
  const std::filesystem::path folder = (*values)["FOLDER"].as<std::string>();
  const auto submission = sweep::read_submission(folder);
  if (!submission) throw UsageError(fmt::format("{} has no task.json of a sweep", folder.string()));
  const std::string& task = (*values)["TASK"].as<std::string>();
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(task.data(), task.data() + task.size(), number);
  if (error != std::errc{} || end != task.data() + task.size() || number >= submission->chunks.size())
    throw UsageError(fmt::format("there is no task '{}'; the sweep has {}", task, submission->chunks.size()));
  sweep::run_task(*submission, number);
  return exit_good;
}

}  // namespace terse::cli
