#include "compiler/onnx/external_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "compiler/compiler.hpp"

namespace terse::compiler {

namespace {

/// The path of the data, which must stay in the model's folder: a model must not make Terse read other files.
std::filesystem::path data_file(const std::filesystem::path& model, const ExternalLocation& location) {
  const auto entry = location.entries.find("location");
  const std::filesystem::path relative = entry == location.entries.end() ? "" : entry->second;
  const bool leaves = relative.empty() || relative.is_absolute() ||
                      std::any_of(relative.begin(), relative.end(), [](const auto& part) { return part == ".."; });
  if (leaves) {
    throw CompileError(fmt::format("{}: tensor '{}' keeps its data in '{}'; accepted: a file in the model's folder",
                                   model.string(), location.tensor, relative.string()));
  }
  const std::filesystem::path folder = model.has_parent_path() ? model.parent_path() : ".";
  const std::filesystem::path file = folder / relative;
  std::error_code failed;
  const auto real = std::filesystem::canonical(file, failed);
  if (failed || !std::filesystem::is_regular_file(real)) {
    throw CompileError(fmt::format("{}: tensor '{}' keeps its data in {}, which is no file; copy it beside the model",
                                   model.string(), location.tensor, file.string()));
  }
  const auto root = std::filesystem::canonical(folder);
  if (std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first != root.end()) {
    throw CompileError(fmt::format("{}: tensor '{}' keeps its data in {}, a link out of the model's folder",
                                   model.string(), location.tensor, file.string()));
  }
  return real;
}

std::uint64_t number(const std::filesystem::path& model, const ExternalLocation& location, const char* key,
                     std::uint64_t otherwise) {
  const auto entry = location.entries.find(key);
  if (entry == location.entries.end()) return otherwise;
  const std::string& text = entry->second;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw CompileError(fmt::format("{}: tensor '{}' keeps its data at {} '{}'; accepted: a number of bytes",
                                   model.string(), location.tensor, key, text));
  }
  return value;
}

}  // namespace

std::string read_external_data(const std::filesystem::path& model, const ExternalLocation& location) {
  const std::filesystem::path file = data_file(model, location);
  const std::uint64_t size = std::filesystem::file_size(file);
  const std::uint64_t offset = number(model, location, "offset", 0);
  const std::uint64_t length = number(model, location, "length", location.expected_bytes);
  if (length != location.expected_bytes) {
    throw CompileError(fmt::format("{}: tensor '{}' keeps {} bytes in {}, its shape and type need {}", model.string(),
                                   location.tensor, length, file.string(), location.expected_bytes));
  }
  if (offset > size || length > size - offset) {
    throw CompileError(fmt::format("{}: tensor '{}' keeps {} bytes at {} of {}, which has only {}", model.string(),
                                   location.tensor, length, offset, file.string(), size));
  }
  std::string bytes(length, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(offset));
  if (!stream.read(bytes.data(), static_cast<std::streamsize>(length))) {
    throw CompileError(fmt::format("{}: {} cannot be read", model.string(), file.string()));
  }
  return bytes;
}

}  // namespace terse::compiler
