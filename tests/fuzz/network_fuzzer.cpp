// Any bytes as an ONNX or TFLite file: a network, or a CompileError. What is a network is compiled and written too, whose
// image must be sound.
#include <cstddef>
#include <cstdint>
#include <string>

#include "compiler/image_check.hpp"
#include "compiler/import/explicit_superposition.hpp"
#include "compiler/onnx/onnx_reader.hpp"
#include "compiler/onnx/onnx_writer.hpp"
#include "compiler/tflite/tflite_reader.hpp"

namespace {

// A few bytes of a file can ask for large tensors, which are no fault but slow.
constexpr std::uint64_t greatest_elements = 1 << 16;

bool is_small(const terse::compiler::QuantizedNetwork& network) {
  std::uint64_t elements = 0;
  for (const auto& tensor : network.tensors) elements += tensor.elements();
  for (const auto& layer : network.layers) elements += layer.ternary.size() + layer.high_precision.size();
  return elements <= greatest_elements;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace compiler = terse::compiler;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto model = compiler::is_tflite(bytes) ? compiler::read_tflite(bytes, "fuzz/network.tflite")
                                                  : compiler::read_onnx(bytes, "fuzz/network.onnx");
    const compiler::ImportedNetwork imported = compiler::import_with_source(model, {});
    if (!is_small(imported.network)) return 0;
    const auto compiled = compiler::compile(imported.network, {64 * 1024, 2048, 8, 8, 4, 8, 1U << 22});
    compiler::inspect_image(compiled.image);
    compiler::onnx_bytes(compiler::explicit_superposition(imported));
  } catch (const compiler::CompileError&) {
    // The file's fault, said to the user. Any other exception ends the fuzzer.
  }
  return 0;
}
