#pragma once
// Data of tensors that lie in files beside the model (location, offset, length of the ONNX format).
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace terse::compiler {

/// Where a tensor's bytes are, as the model states it.
struct ExternalLocation {
  std::string tensor;
  std::map<std::string, std::string> entries;  ///< location, offset, length, checksum.
  std::uint64_t expected_bytes = 0;            ///< What shape and type of the tensor need.
};

/// Throws CompileError when the location leaves the model's folder, the file is not there, or it is too short.
std::string read_external_data(const std::filesystem::path& model, const ExternalLocation& location);

}  // namespace terse::compiler
