#include "platform/sweep/tally.hpp"

namespace terse::sweep {

Ledger::Ledger(const Sweep& sweep, results::Database& database)
    : sweep_(sweep), database_(database), id_(database.begin_sweep(sweep.record())) {
  tally_.points = sweep.points().size();
}

bool Ledger::find(const Point& point, const std::string& hash) {
  if (!database_.has_point(hash)) return false;
  database_.add_found(id_, point.position, hash);
  ++tally_.found;
  if (database_.exit_code(hash) != 0) ++tally_.wrong;
  return true;
}

void Ledger::store(const Point& point, const std::string& hash, const run::IsolatedOutcome& outcome) {
  if (!outcome.failure.empty()) {
    database_.add_failure(id_,
                          {point.position, hash, point.parameters(), outcome.failure, outcome.reason, outcome.errors});
    ++tally_.failed;
    return;
  }
  database_.add_point(id_, {point.position, hash, point.parameters(), outcome.exit_code, outcome.result},
                      sweep_.program());
  ++tally_.finished;
  if (outcome.exit_code != 0) ++tally_.wrong;
}

}  // namespace terse::sweep
