#pragma once
// A TFLite file as a graph: its operators in terms of ONNX, each quantized tensor between QuantizeLinear and
// DequantizeLinear. Images keep their order [N, H, W, C]; convolutions stand between two Transposes, which cost nothing.
#include <filesystem>
#include <span>

#include "compiler/graph/model.hpp"

namespace terse::compiler {

/// True when the bytes begin as a TFLite file does.
bool is_tflite(std::span<const char> bytes);

/// Throws CompileError for a file that cannot be opened or is damaged, and for operators that are not accepted (all of
/// them are named).
graph::Model read_tflite(const std::filesystem::path& file);
/// The same of the file's bytes; `file` is for messages.
graph::Model read_tflite(std::span<const char> bytes, const std::filesystem::path& file);

}  // namespace terse::compiler
