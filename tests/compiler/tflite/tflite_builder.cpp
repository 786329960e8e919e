#include "tests/compiler/tflite/tflite_builder.hpp"

#include <algorithm>

namespace terse::testing {

std::int32_t TfliteBuilder::tensor(const std::string& name, const std::vector<std::int32_t>& shape,
                                   const std::optional<Quantization>& quantization, tflite::TensorType type) {
  return add_tensor(name, shape, type, 0, quantization);  // buffer 0 is empty by convention
}

std::int32_t TfliteBuilder::add_tensor(const std::string& name, const std::vector<std::int32_t>& shape,
                                       tflite::TensorType type, std::uint32_t buffer,
                                       const std::optional<Quantization>& quantization) {
  flatbuffers::Offset<tflite::QuantizationParameters> parameters = 0;
  if (quantization) {
    const auto scales = builder_.CreateVector(quantization->scales);
    const auto zeros = builder_.CreateVector(quantization->zero_points);
    parameters = tflite::CreateQuantizationParameters(builder_, 0, 0, scales, zeros, quantization->dimension);
  }
  const auto dimensions = builder_.CreateVector(shape);
  const auto text = builder_.CreateString(name);
  tensors_.push_back(tflite::CreateTensor(builder_, dimensions, type, buffer, text, parameters));
  return static_cast<std::int32_t>(tensors_.size()) - 1;
}

void TfliteBuilder::add_operation(std::int32_t code, const std::vector<std::int32_t>& inputs,
                                  const std::vector<std::int32_t>& outputs, flatbuffers::Offset<void> options) {
  auto known = std::find(codes_.begin(), codes_.end(), code);
  if (known == codes_.end()) known = codes_.insert(codes_.end(), code);
  const auto index = static_cast<std::uint32_t>(known - codes_.begin());
  const auto ins = builder_.CreateVector(inputs);
  const auto outs = builder_.CreateVector(outputs);
  operators_.push_back(
      tflite::CreateOperator(builder_, index, ins, outs, 1, flatbuffers::Offset<tflite::Options>(options.o)));
}

std::string TfliteBuilder::bytes(std::int32_t input, std::int32_t output) {
  std::vector<flatbuffers::Offset<tflite::OperatorCode>> codes;
  for (const std::int32_t code : codes_) {
    const auto old = static_cast<std::int8_t>(std::min(code, 127));
    codes.push_back(tflite::CreateOperatorCode(builder_, old, 0, 1, code));
  }
  std::vector<flatbuffers::Offset<tflite::Buffer>> buffers{tflite::CreateBuffer(builder_)};
  for (const auto& data : buffers_) buffers.push_back(tflite::CreateBuffer(builder_, data));
  const auto tensors = builder_.CreateVector(tensors_);
  const auto inputs = builder_.CreateVector(std::vector<std::int32_t>{input});
  const auto outputs = builder_.CreateVector(std::vector<std::int32_t>{output});
  const auto operators = builder_.CreateVector(operators_);
  const std::vector<flatbuffers::Offset<tflite::SubGraph>> graphs{
      tflite::CreateSubGraph(builder_, tensors, inputs, outputs, operators)};
  const auto all_codes = builder_.CreateVector(codes);
  const auto all_graphs = builder_.CreateVector(graphs);
  const auto all_buffers = builder_.CreateVector(buffers);
  builder_.Finish(tflite::CreateModel(builder_, 3, all_codes, all_graphs, 0, all_buffers), tflite::ModelIdentifier());
  return {reinterpret_cast<const char*>(builder_.GetBufferPointer()), builder_.GetSize()};
}

}  // namespace terse::testing
