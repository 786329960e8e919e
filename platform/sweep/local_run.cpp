#include "platform/sweep/local_run.hpp"

#include "compiler/compiler.hpp"
#include "platform/process/process_pool.hpp"
#include "platform/sweep/interruption.hpp"

namespace terse::sweep {
namespace {

constexpr int wait_ms = 200;

class LocalRun {
 public:
  LocalRun(Sweep& sweep, Ledger& ledger, const LocalOptions& options)
      : sweep_(sweep), ledger_(ledger), pool_(options.jobs, options.limit_s) {}

  void run(const OnProgress& progress) {
    const Interruption interruption;
    std::size_t next = 0;
    while (next < sweep_.points().size() || pool_.running() > 0) {
      while (!pool_.full() && next < sweep_.points().size() && !Interruption::asked()) {
        prepare(sweep_.points()[next++]);
        progress(ledger_.tally());
      }
      if (Interruption::asked()) return ledger_.stop();
      if (pool_.running() == 0) continue;
      if (const auto finished = pool_.wait(wait_ms)) take(*finished);
      progress(ledger_.tally());
    }
  }

 private:
  /// Starts the point, unless it is refused, known or under way.
  void prepare(const Point& point) {
    run::Scenario scenario;
    try {
      scenario = sweep_.scenario_of(point);
    } catch (const configuration::ConfigurationError& error) {
      ledger_.store(point, "",
                    {.exit_code = 2, .result = {}, .failure = "refused", .reason = error.what(), .errors = ""});
      return;
    }
    const std::string hash = sweep_.hash_of(scenario);
    const auto same = under_way_.find(hash);
    if (same != under_way_.end()) {
      same->second.push_back(point.position);
      return;
    }
    if (ledger_.find(point, hash)) return;
    std::shared_ptr<const compiler::QuantizedNetwork> network;
    try {
      network = sweep_.shared_network(scenario);
    } catch (const std::exception&) {  // the child meets it again, and reports it as the point's
    }
    pool_.start(point.position, [&] { return run::simulate_for_parent(scenario, network.get()); });
    under_way_[hash] = {point.position};
    hashes_[point.position] = hash;
  }

  /// Stores the outcome for the point, and for those that turned out to be the same.
  void take(const process::ProcessPool::Finished& finished) {
    const std::string hash = hashes_.at(finished.tag);
    const run::IsolatedOutcome outcome = run::outcome_of(finished.ending);
    bool first = true;
    for (const std::size_t position : under_way_.at(hash)) {
      const Point& point = sweep_.points()[position];
      if (first || !ledger_.find(point, hash)) ledger_.store(point, hash, outcome);
      first = false;
    }
    under_way_.erase(hash);
    hashes_.erase(finished.tag);
  }

  Sweep& sweep_;
  Ledger& ledger_;
  process::ProcessPool pool_;
  std::map<std::string, std::vector<std::size_t>> under_way_;  ///< Positions by hash.
  std::map<std::size_t, std::string> hashes_;                  ///< Of running points.
};

}  // namespace

void run_locally(Sweep& sweep, Ledger& ledger, const LocalOptions& options, const OnProgress& progress) {
  LocalRun(sweep, ledger, options).run(progress);
}

}  // namespace terse::sweep
