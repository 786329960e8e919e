#pragma once
// A graph as an ONNX file.
#include <filesystem>
#include <string>

#include "compiler/graph/model.hpp"

namespace terse::compiler {

/// Of a graph in standard form (compiler/graph/standard_form.hpp).
std::string onnx_bytes(const graph::Model& model);
/// Throws CompileError when the file cannot be written.
void write_onnx(const graph::Model& model, const std::filesystem::path& file);

}  // namespace terse::compiler
