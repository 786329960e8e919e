// Trains the networks of a grid that are not in the store yet, each in a process of its own.
#pragma once

#include <filesystem>
#include <functional>

#include "explore/grid.hpp"
#include "explore/store.hpp"

namespace terse::explore {

struct GridProgress {
  std::size_t networks = 0;  ///< Float ones included.
  std::size_t found = 0;     ///< Had been trained before.
  std::size_t finished = 0;  ///< By this call.
  std::size_t failed = 0;
  bool stopped = false;  ///< By a signal, before all were done.
  double left_s = 0;     ///< Wall-clock time that the rest takes if it goes on like this; 0: not known yet.
  std::string note;      ///< What is under way.

  [[nodiscard]] std::size_t done() const { return found + finished + failed; }
};

struct GridRunOptions {
  std::filesystem::path folder;   ///< Of the store; a network's files are in networks/HASH.
  std::filesystem::path trainer;  ///< The program terse_train.
  unsigned jobs = 1;
};

/// SIGINT and SIGTERM stop it; networks under way go on after their last whole epoch, next time. Throws SqliteError,
/// std::filesystem::filesystem_error.
GridProgress run_grid(const Grid& grid, Store& store, const GridRunOptions& options,
                      const std::function<void(const GridProgress&)>& on_progress);

/// Where a network's files are.
std::filesystem::path folder_of(const std::filesystem::path& folder, const std::string& hash);

}  // namespace terse::explore
