#pragma once
// The commands of the program. Each parses its own options and returns an exit code:
// 0 good; 1 wrong result or a missed expectation; 2 bad input; 3 the guest failed, or a point of a sweep; 4 a sweep was
// stopped before its end.
#include <string>
#include <vector>

namespace terse::cli {

inline constexpr int exit_good = 0, exit_wrong_result = 1, exit_bad_input = 2, exit_guest_failed = 3, exit_stopped = 4;

using Arguments = std::vector<std::string>;

int run_command(const Arguments& arguments);
int report_command(const Arguments& arguments);
int debug_command(const Arguments& arguments);
int compile_command(const Arguments& arguments);
int describe_command(const Arguments& arguments);
int sweep_command(const Arguments& arguments);
int sweep_task_command(const Arguments& arguments);
int explore_command(const Arguments& arguments);
int query_command(const Arguments& arguments);
int compare_command(const Arguments& arguments);
int validate_command(const Arguments& arguments);
int parameters_command(const Arguments& arguments);
int schema_command(const Arguments& arguments);

}  // namespace terse::cli
