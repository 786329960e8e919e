#pragma once
// Runs a sweep's points as job arrays of Slurm. The submitter alone writes the database.
#include "platform/sweep/slurm_commands.hpp"
#include "platform/sweep/tally.hpp"

namespace terse::sweep {

/// `folder` is shared with the cluster; submissions live in it until they are imported, so that a submitter that was
/// killed goes on with the tasks that it left. A lost task (cancelled, timed out, node down) has its missing points
/// submitted again, then they are failures. SIGINT and SIGTERM cancel what is queued. Throws SlurmError, SqliteError.
void run_on_slurm(Sweep& sweep, Ledger& ledger, const std::filesystem::path& folder, const std::filesystem::path& file,
                  const std::vector<std::string>& settings, double limit_s, const SlurmOptions& options,
                  const OnProgress& progress);

}  // namespace terse::sweep
