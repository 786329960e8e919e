#pragma once
// Builds small TFLite files.
#include <tflite_generated.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace terse::testing {

class TfliteBuilder {
 public:
  struct Quantization {
    std::vector<float> scales;
    std::vector<std::int64_t> zero_points;
    std::int32_t dimension = 0;
  };

  /// A tensor that an operator makes, or the input; returns its number.
  std::int32_t tensor(const std::string& name, const std::vector<std::int32_t>& shape,
                      const std::optional<Quantization>& quantization,
                      tflite::TensorType type = tflite::TensorType_INT8);
  template <typename Stored>
  std::int32_t constant(const std::string& name, const std::vector<std::int32_t>& shape, tflite::TensorType type,
                        const std::vector<Stored>& values, const std::optional<Quantization>& quantization = {}) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    buffers_.push_back(builder_.CreateVector(bytes, values.size() * sizeof(Stored)));
    return add_tensor(name, shape, type, static_cast<std::uint32_t>(buffers_.size()), quantization);
  }

  /// `options` makes the operator's table of options with the builder it is given.
  template <typename MakeOptions>
  void operation(std::int32_t code, const std::vector<std::int32_t>& inputs, const std::vector<std::int32_t>& outputs,
                 MakeOptions options) {
    add_operation(code, inputs, outputs, options(builder_).Union());
  }
  void operation(std::int32_t code, const std::vector<std::int32_t>& inputs, const std::vector<std::int32_t>& outputs) {
    add_operation(code, inputs, outputs, 0);
  }

  /// The file with this input and output. Ends building.
  std::string bytes(std::int32_t input, std::int32_t output);

 private:
  std::int32_t add_tensor(const std::string& name, const std::vector<std::int32_t>& shape, tflite::TensorType type,
                          std::uint32_t buffer, const std::optional<Quantization>& quantization);
  void add_operation(std::int32_t code, const std::vector<std::int32_t>& inputs,
                     const std::vector<std::int32_t>& outputs, flatbuffers::Offset<void> options);

  flatbuffers::FlatBufferBuilder builder_;
  std::vector<flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>>> buffers_;
  std::vector<flatbuffers::Offset<tflite::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<tflite::Operator>> operators_;
  std::vector<std::int32_t> codes_;
};

}  // namespace terse::testing
