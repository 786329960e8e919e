#pragma once
// Other programs, run to their end.
#include <string>
#include <vector>

namespace terse::process {

struct ProgramOutcome {
  int exit_code = -1;          ///< 127 when there is no such program; -1 when a signal ended it.
  std::string output, errors;  ///< Its stdout and stderr.
};

/// Looks for words[0] in PATH. Throws std::system_error when there is no process or pipe to be had.
ProgramOutcome run_program(const std::vector<std::string>& words);

}  // namespace terse::process
