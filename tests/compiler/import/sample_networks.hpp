#pragma once
// Small networks with random weights, between them every dialect and most operators: written and read again, set beside
// an independent runtime, and the beginnings of fuzzing.
#include <cstdint>
#include <string>
#include <vector>

namespace terse::testing {

struct SampleNetwork {
  std::string name;
  std::string bytes;          ///< The ONNX file.
  bool only_standard = true;  ///< Any ONNX runtime knows its operators.
  bool is_float = false;      ///< Needs calibration inputs.
};

/// The same seed gives the same networks.
std::vector<SampleNetwork> sample_networks(std::uint32_t seed);

}  // namespace terse::testing
