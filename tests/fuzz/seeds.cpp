// terse_fuzz_seeds FOLDER: the corpus from which fuzzing begins, small networks of every dialect and their images.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "compiler/import/import.hpp"
#include "compiler/onnx/onnx_reader.hpp"
#include "tests/compiler/import/sample_networks.hpp"

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: terse_fuzz_seeds FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = arguments[1];
  for (const char* kind : {"network", "image"}) std::filesystem::create_directories(folder / kind);
  const auto save = [](const std::filesystem::path& file, const auto& bytes) {
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  };
  for (const auto& sample : terse::testing::sample_networks(1)) {
    save(folder / "network" / (sample.name + ".onnx"), sample.bytes);
    if (sample.is_float) continue;
    const auto network = terse::compiler::import_graph(terse::compiler::read_onnx(sample.bytes, sample.name), {});
    save(folder / "image" / (sample.name + ".img"),
         terse::compiler::compile(network, {64 * 1024, 2048, 8, 8, 4, 8, 1U << 22}).image);
  }
  return 0;
}
