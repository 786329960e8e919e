#include "platform/run/dataset.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <memory>

namespace terse::run {
namespace {

using GzipFile = std::unique_ptr<gzFile_s, decltype(&gzclose)>;

/// zlib reads plain files too, so one path serves both.
GzipFile open(const std::filesystem::path& folder, const std::string& name) {
  for (const auto& candidate : {folder / (name + ".gz"), folder / name}) {
    if (!std::filesystem::exists(candidate)) continue;
    GzipFile file(gzopen(candidate.c_str(), "rb"), gzclose);
    if (file == nullptr)
      throw DatasetError(fmt::format("{}: the file cannot be read; check its permissions", candidate.string()));
    return file;
  }
  throw DatasetError(
      fmt::format("there is neither {0}.gz nor {0} in {1}; install it with: apt-get install dataset-fashion-mnist, "
                  "or name its folder in dataset.folder",
                  name, folder.string()));
}

void read(gzFile file, void* target, std::size_t bytes, const std::string& name) {
  if (gzread(file, target, static_cast<unsigned>(bytes)) != static_cast<int>(bytes)) {
    throw DatasetError(fmt::format("{} is truncated or damaged: {} more bytes were expected", name, bytes));
  }
}

std::uint32_t read_word(gzFile file, const std::string& name) {
  std::array<std::uint8_t, 4> bytes{};
  read(file, bytes.data(), bytes.size(), name);
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

void expect_magic(gzFile file, std::uint32_t magic, const std::string& name) {
  const std::uint32_t found = read_word(file, name);
  if (found != magic) {
    throw DatasetError(fmt::format("{} is no idx file of the expected kind: it starts with 0x{:08x}, not 0x{:08x}",
                                   name, found, magic));
  }
}

}  // namespace

Dataset load_fashion_mnist_test(const std::filesystem::path& folder, std::uint32_t first, std::uint32_t count) {
  const std::string images_name = "t10k-images-idx3-ubyte", labels_name = "t10k-labels-idx1-ubyte";
  const auto images = open(folder, images_name);
  expect_magic(images.get(), 0x00000803, images_name);
  const std::uint32_t available = read_word(images.get(), images_name);
  Dataset dataset;
  dataset.height = read_word(images.get(), images_name);
  dataset.width = read_word(images.get(), images_name);
  if (std::uint64_t{first} + count > available) {
    throw DatasetError(
        fmt::format("images {}..{} were asked for, but {} holds {}; lower dataset.first or dataset.images", first,
                    std::uint64_t{first} + count - 1, images_name, available));
  }
  const std::size_t size = std::size_t{dataset.height} * dataset.width;
  dataset.pixels.resize(size * count);
  gzseek(images.get(), static_cast<z_off_t>(16 + size * first), SEEK_SET);
  read(images.get(), dataset.pixels.data(), dataset.pixels.size(), images_name);

  const auto labels = open(folder, labels_name);
  expect_magic(labels.get(), 0x00000801, labels_name);
  if (read_word(labels.get(), labels_name) != available) {
    throw DatasetError(fmt::format("{} and {} differ in their number of entries", images_name, labels_name));
  }
  std::vector<std::uint8_t> classes(count);
  gzseek(labels.get(), static_cast<z_off_t>(8 + std::size_t{first}), SEEK_SET);
  read(labels.get(), classes.data(), count, labels_name);
  dataset.labels.assign(classes.begin(), classes.end());
  return dataset;
}

}  // namespace terse::run
