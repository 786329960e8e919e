#pragma once
// An ONNX file as a graph of plain C++ types: nothing else sees protobuf.
#include <filesystem>
#include <string>

#include "compiler/graph/model.hpp"

namespace terse::compiler {

/// Throws CompileError for a file that cannot be opened, is not ONNX, is truncated, or uses an operator set outside 7
/// to 20. Tensors may keep their data in other files of the model's folder.
graph::Model read_onnx(const std::filesystem::path& file);
/// The same of the file's bytes; `file` is for messages, and its folder for data beside the model.
graph::Model read_onnx(const std::string& bytes, const std::filesystem::path& file);

}  // namespace terse::compiler
