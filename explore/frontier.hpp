// Trained networks on platforms: accuracy against cycles, energy and bits. A sweep over networks, platforms and modes of
// superposition, and what comes of it beside what training said.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "explore/store.hpp"
#include "platform/sweep/local_run.hpp"

namespace terse::explore {

struct FrontierOptions {
  std::filesystem::path folder;  ///< Of the store.
  std::string grid;              ///< Empty: all networks.
  std::vector<std::string> platforms, superpositions;
  std::string timing = "cycle";
  std::uint32_t images = 1;  ///< Inferences of a run: the first test images.
  std::filesystem::path output;
  unsigned jobs = 1;
};

/// Nothing to run, or networks of different data; the message says what to do.
class FrontierError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A trained network on a platform. Figures of the platform are per inference.
struct FrontierRow {
  std::string hash, network, pattern, criterion, schedule, platform, superposition;
  double density = 0;
  int value_bits = 0, seed = 0;
  double accuracy = 0;         ///< Per cent of all test images, in integers.
  double bits_per_weight = 0;  ///< Of all weights, as stored.
  double cycles = 0, energy_pj = 0, energy_uncertainty_pj = 0, area_um2 = 0;
  double dense_pj = 0, sparse_pj = 0, on_chip_pj = 0;
  double dense_cycles = 0, sparse_cycles = 0;  ///< Of the passes; they overlap.
  double tmac_area_um2 = 0, spu_area_um2 = 0;
  bool verified = false;      ///< Every output of every layer equals the golden reference.
  int images = 0;             ///< That were run, ...
  int equal_predictions = 0;  ///< ... and of these, how many got the class of the integer evaluation.
  bool pareto = false;        ///< No mean over seeds is better in one of accuracy, cycles, energy, bits and none worse.
};

struct Frontier {
  std::vector<FrontierRow> rows;
  std::size_t failed = 0;
  bool stopped = false;
};

/// Writes output/frontier.yaml, an ordinary sweep, and runs what output/results.sqlite does not have. Throws
/// FrontierError, ConfigurationError, SqliteError.
Frontier run_frontier(Store& store, const FrontierOptions& options, const sweep::OnProgress& progress);

/// Marks the rows whose mean over seeds nothing dominates.
void mark_pareto(std::vector<FrontierRow>& rows);

}  // namespace terse::explore
