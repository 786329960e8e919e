// Trains the network of an experiment and measures it. No libtorch type in this interface.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "explore/dataset.hpp"
#include "explore/experiment.hpp"
#include "explore/trained_network.hpp"

namespace terse::explore {

/// A state file that cannot be read or belongs to another experiment.
class StateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `done` of 0 .. 1, and what to say beside it.
using OnTraining = std::function<void(double done, const std::string& note)>;

/// Accuracies are per cent, by the quantized network in floating point.
struct TrainingOutcome {
  TrainedNetwork network;
  double validation = 0;               ///< Of the held-out images.
  double test = 0;                     ///< Of the test images.
  double recalibrated_validation = 0;  ///< Before the first step, with batch normalisation and activation scales
  double recalibrated_test = 0;        ///< measured anew. Quantized networks only.
  double start_error = 0, error = 0;   ///< Relative L2 error of the split layers' weights, before and after training.
  double loss = 0;                     ///< Mean of the last epoch.
  std::vector<int> predictions;        ///< Of the test images.
  double cpu_seconds = 0;              ///< Over all runs that it took.
};

/// Trains a float network from random weights. The folder keeps `training.pt`, from which a run that was cut short goes
/// on after its last whole epoch, to the same bits; at the end `network.pt`.
TrainingOutcome train_float(const Dataset& data, const Experiment& experiment, const std::filesystem::path& folder,
                            const OnTraining& progress);

/// Quantizes a float network (its network.pt) as the experiment says and trains it; keeps the same files.
TrainingOutcome train_quantized(const Dataset& data, const Experiment& experiment,
                                const std::filesystem::path& float_network, const std::filesystem::path& folder,
                                const OnTraining& progress);

}  // namespace terse::explore
