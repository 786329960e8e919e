#include "platform/sweep/slurm_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "platform/sweep/interruption.hpp"
#include "platform/sweep/submission.hpp"

namespace terse::sweep {
namespace {

/// Far below Slurm's usual MaxArraySize of 1,001.
constexpr std::size_t most_tasks = 1000;
/// A shared file system may show a result this much later than Slurm shows the task's end.
constexpr double settle_s = 5;

/// A folder without a job's number that is older belongs to nobody.
constexpr std::chrono::minutes unsubmitted_age{5};
/// In a row, before Slurm counts as gone for good.
constexpr unsigned most_silent_polls = 60;

using Clock = std::chrono::steady_clock;

class SlurmRun {
 public:
  SlurmRun(Sweep& sweep, Ledger& ledger, std::filesystem::path folder, std::filesystem::path file,
           std::vector<std::string> settings, double limit_s, const SlurmOptions& options)
      : sweep_(sweep),
        ledger_(ledger),
        folder_(std::filesystem::absolute(folder)),
        file_(std::filesystem::absolute(file)),
        settings_(std::move(settings)),
        limit_s_(limit_s),
        options_(options) {}

  void run(const OnProgress& progress) {
    const Interruption interruption;
    collect_pending();
    adopt();
    while (!pending_.empty() || !active_.empty()) {
      if (Interruption::asked()) return stop();
      submit();
      for (auto& active : active_) watch(active);
      std::erase_if(active_, [](const Active& active) { return active.over; });
      progress(ledger_.tally());
      if (!active_.empty()) std::this_thread::sleep_for(std::chrono::duration<double>(options_.poll_s));
    }
  }

 private:
  struct Active {
    Submission submission;
    std::set<std::size_t> open;  ///< Positions without an outcome.
    std::optional<Clock::time_point> gone_since;
    bool over = false;
  };

  /// What is neither refused nor known nor the same as another point.
  void collect_pending() {
    for (const Point& point : sweep_.points()) {
      try {
        run::Scenario scenario = sweep_.scenario_of(point);
        const std::string hash = sweep_.hash_of(scenario);
        if (ledger_.find(point, hash)) continue;
        if (same_[hash].empty()) pending_.push_back(point.position);
        same_[hash].push_back(point.position);
        hashes_[point.position] = hash;
      } catch (const configuration::ConfigurationError& error) {
        ledger_.store(point, "",
                      {.exit_code = 2, .result = {}, .failure = "refused", .reason = error.what(), .errors = ""});
      }
    }
  }

  /// Submissions that a former run left behind: their results, and their tasks if they still run.
  void adopt() {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
      auto submission = read_submission(entry.path());
      if (!submission || submission->identity != sweep_.record().identity || submission->program != sweep_.program())
        continue;
      if (submission->job.empty() &&
          std::filesystem::file_time_type::clock::now() - entry.last_write_time(error) < unsubmitted_age)
        continue;  // another submitter may be about to
      Active active{*submission, {}, std::nullopt, submission->job.empty()};
      for (const auto& chunk : submission->chunks) {
        for (const std::size_t position : chunk) {
          const auto at = std::find(pending_.begin(), pending_.end(), position);
          if (at == pending_.end()) continue;
          if (!active.over) pending_.erase(at);
          active.open.insert(position);
        }
      }
      if (active.over) {
        std::filesystem::remove_all(entry.path());  // it was never submitted
      } else {
        active_.push_back(std::move(active));
      }
    }
  }

  void submit() {
    if (pending_.empty()) return;
    while (std::filesystem::exists(folder_ / fmt::format("{}-{}", getpid(), submissions_))) ++submissions_;
    Submission submission{.folder = folder_ / fmt::format("{}-{}", getpid(), submissions_),
                          .file = file_,
                          .settings = settings_,
                          .identity = sweep_.record().identity,
                          .program = sweep_.program(),
                          .limit_s = limit_s_,
                          .jobs = options_.cpus,
                          .chunks = {},
                          .job = {}};
    const std::size_t per_task =
        options_.points_per_task != 0 ? options_.points_per_task : (pending_.size() + most_tasks - 1) / most_tasks;
    for (std::size_t begin = 0; begin < pending_.size() && submission.chunks.size() < most_tasks; begin += per_task) {
      const auto first = pending_.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto last = pending_.begin() + static_cast<std::ptrdiff_t>(std::min(begin + per_task, pending_.size()));
      submission.chunks.emplace_back(first, last);
    }
    std::set<std::size_t> open;
    for (const auto& chunk : submission.chunks) open.insert(chunk.begin(), chunk.end());
    write_submission(submission, std::filesystem::read_symlink("/proc/self/exe"));
    submission.job = submit_array(options_, submission.chunks.size(), submission.folder / "script",
                                  (submission.folder / "log-%a").string());
    write_job(submission);
    std::erase_if(pending_, [&](std::size_t position) { return open.contains(position); });
    active_.push_back({submission, open, std::nullopt, false});
  }

  /// Imports what is there; when all tasks have left the queue, what is missing then is lost.
  void watch(Active& active) {
    std::map<std::size_t, std::string> queued;
    try {
      queued = queued_tasks(active.submission.job);  // before the results are looked at: none comes after its task
      silent_polls_ = 0;
    } catch (const SlurmError&) {  // its controller may be started anew; tasks go on meanwhile
      if (++silent_polls_ > most_silent_polls) throw;
      import(active);
      return;
    }
    import(active);
    if (!queued.empty()) {
      active.gone_since.reset();
      return;
    }
    const auto now = Clock::now();
    if (!active.gone_since) active.gone_since = now;
    if (!active.open.empty() && std::chrono::duration<double>(now - *active.gone_since).count() < settle_s) return;
    for (std::size_t task = 0; task < active.submission.chunks.size(); ++task) recover(active, task);
    active.over = true;
    std::filesystem::remove_all(active.submission.folder);
  }

  void import(Active& active) {
    for (auto at = active.open.begin(); at != active.open.end();) {
      const auto outcome = read_outcome(active.submission, *at);
      if (outcome) store(*at, *outcome);
      at = outcome ? active.open.erase(at) : std::next(at);
    }
  }

  void recover(const Active& active, std::size_t task) {
    for (const std::size_t position : active.submission.chunks[task]) {
      if (!active.open.contains(position)) continue;
      if (losses_[position]++ < options_.retries) {
        pending_.push_back(position);
        continue;
      }
      const std::string state = state_of_task(active.submission.job, task);
      run::IsolatedOutcome outcome;
      outcome.failure = state == "TIMEOUT" ? "timeout" : state == "CANCELLED" ? "cancelled" : "crash";
      outcome.reason = fmt::format("task {}_{} of Slurm ended without a result, {} times{}", active.submission.job,
                                   task, losses_[position], state.empty() ? "" : ": " + state);
      outcome.errors = read_log(active.submission, task);
      store(position, outcome);
    }
  }

  /// Also for the points that turned out to be the same.
  void store(std::size_t position, const run::IsolatedOutcome& outcome) {
    const std::string& hash = hashes_.at(position);
    bool first = true;
    for (const std::size_t same : same_.at(hash)) {
      const Point& point = sweep_.points()[same];
      if (first || !ledger_.find(point, hash)) ledger_.store(point, hash, outcome);
      first = false;
    }
  }

  void stop() {
    for (auto& active : active_) {
      cancel(active.submission.job);
      import(active);
      std::filesystem::remove_all(active.submission.folder);
    }
    ledger_.stop();
  }

  Sweep& sweep_;
  Ledger& ledger_;
  std::filesystem::path folder_, file_;
  std::vector<std::string> settings_;
  double limit_s_;
  const SlurmOptions& options_;
  std::vector<std::size_t> pending_;
  std::vector<Active> active_;
  std::map<std::string, std::vector<std::size_t>> same_;  ///< Positions by hash.
  std::map<std::size_t, std::string> hashes_;
  std::map<std::size_t, unsigned> losses_;
  unsigned submissions_ = 0;
  unsigned silent_polls_ = 0;
};

}  // namespace

void run_on_slurm(Sweep& sweep, Ledger& ledger, const std::filesystem::path& folder, const std::filesystem::path& file,
                  const std::vector<std::string>& settings, double limit_s, const SlurmOptions& options,
                  const OnProgress& progress) {
  SlurmRun(sweep, ledger, folder, file, settings, limit_s, options).run(progress);
}

}  // namespace terse::sweep
