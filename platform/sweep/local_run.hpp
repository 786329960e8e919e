#pragma once
// Runs a sweep's points on this machine, each in a process of its own.
#include "platform/sweep/tally.hpp"

namespace terse::sweep {

struct LocalOptions {
  unsigned jobs = 1;
  double limit_s = 0;  ///< Wall-clock time of a point; 0 for no limit.
};

/// Runs what the ledger does not have yet. SIGINT and SIGTERM stop it; points in flight are lost then. Throws
/// SqliteError when results cannot be stored; what is stored stays.
void run_locally(Sweep& sweep, Ledger& ledger, const LocalOptions& options, const OnProgress& progress);

}  // namespace terse::sweep
