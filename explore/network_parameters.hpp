// The parameters of a trained network without any framework's types: what training hands to the ONNX export, and the
// JSON file that training can start from.
#pragma once

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "explore/quantizers.hpp"

namespace terse::explore {

/// A parameter file that cannot be read or does not fit. The message names the file and the key.
class ParameterFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct BatchNormalization {
  std::vector<float> gamma;
  std::vector<float> beta;
  std::vector<float> mean;
  std::vector<float> variance;
};

constexpr float batch_norm_epsilon = 1e-5F;

/// A convolution or the fully connected layer.
struct LayerParameters {
  std::vector<float> weights;        ///< [output channel][k], see quantizers.hpp; the float network only
  QuantizedWeights quantized;        ///< the quantized networks only
  BatchNormalization normalization;  ///< convolutions only
  std::vector<float> bias;           ///< the fully connected layer only
};

struct NetworkParameters {
  Variant variant = Variant::float32;
  int width = 0;
  std::map<std::string, LayerParameters> layers;  ///< by the name in the topology, and "fc"
  std::map<std::string, float> scales;            ///< of the quantized activations, by the activation's name
  std::map<std::string, std::string> metadata;    ///< how it was made; goes into the ONNX file
};

void save(const NetworkParameters& parameters, const std::filesystem::path& path);
NetworkParameters load(const std::filesystem::path& path);

}  // namespace terse::explore
