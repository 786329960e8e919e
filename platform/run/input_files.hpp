#pragma once
// Inputs and labels of a user's own: raw files, NumPy arrays, idx files, and labels as CSV.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "platform/run/dataset.hpp"

namespace terse::run {

/// Inputs as their files state them.
struct FileInputs {
  std::vector<std::uint64_t> shape;   ///< Of one input; empty when the files do not say.
  std::vector<float> values;          ///< [input][element].
  std::vector<std::uint32_t> labels;  ///< [input]; empty without labels.
};

struct InputFiles {
  std::filesystem::path inputs;  ///< One file with all inputs, or a folder with one file each.
  std::filesystem::path labels;  ///< CSV, .npy or idx; empty: none.
  std::string element;           ///< Of raw files: int8, uint8 or float32 (little endian).
  std::uint32_t first = 0, count = 1;
};

/// `elements`: of one input, which cuts raw files. Files are told by their content: .npy, idx, else raw. In a folder the
/// CSV of labels names the files in its first column; without labels all files are taken, by name. Throws DatasetError.
FileInputs read_input_files(const InputFiles& files, std::uint64_t elements);

}  // namespace terse::run
