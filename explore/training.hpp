// Trains one variant of the network `fashion` and measures it. No libtorch type in this interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "explore/dataset.hpp"
#include "explore/network_parameters.hpp"

namespace terse::explore {

/// One recipe for every variant: SGD with Nesterov momentum, cosine learning rate after a linear warm-up.
struct TrainingOptions {
  Variant variant = Variant::float32;
  Criterion criterion = Criterion::magnitude;
  int width = 8;
  int epochs = 10;
  int batch = 128;
  double learning_rate = 0.1;
  double weight_decay = 1e-4;
  std::uint64_t seed = 1;
  std::size_t validation_images = 5000;  ///< the last of the training images, never trained on
};

struct TrainingResult {
  NetworkParameters parameters;
  double validation_accuracy = 0.0;  ///< per cent
  double test_accuracy = 0.0;        ///< per cent, of the test images
  std::vector<int> test_predictions;
  double cpu_seconds = 0.0;
};

/// Trains from `start` (a float network of the same width) or from random weights. One thread, so that the same seed
/// gives the same bits. `start` is required for the quantized variants.
TrainingResult train(const FashionMnist& data, const TrainingOptions& options,
                     const std::optional<NetworkParameters>& start);

}  // namespace terse::explore
