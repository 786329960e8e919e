#pragma once
// What became of a sweep's points, and how that is stored.
#include <functional>

#include "platform/run/isolated_run.hpp"
#include "platform/sweep/sweep.hpp"

namespace terse::sweep {

/// How far a sweep is.
struct Tally {
  std::size_t points = 0;
  std::size_t found = 0;     ///< Had been finished before.
  std::size_t finished = 0;  ///< By this call, wrong ones included.
  std::size_t wrong = 0;     ///< Not verified, or an expectation was missed; found ones included.
  std::size_t failed = 0;    ///< Without a result.
  bool stopped = false;      ///< By a signal, before all were done.

  [[nodiscard]] std::size_t done() const { return found + finished + failed; }
};

using OnProgress = std::function<void(const Tally& tally)>;

/// Stores what comes of a sweep's points, and counts.
class Ledger {
 public:
  Ledger(const Sweep& sweep, results::Database& database);

  /// Whether the point had been finished before; then it is counted.
  bool find(const Point& point, const std::string& hash);
  /// A point without a hash has a configuration that was refused.
  void store(const Point& point, const std::string& hash, const run::IsolatedOutcome& outcome);
  void stop() { tally_.stopped = true; }

  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] std::int64_t sweep_id() const { return id_; }

 private:
  const Sweep& sweep_;
  results::Database& database_;
  std::int64_t id_;
  Tally tally_;
};

}  // namespace terse::sweep
