#include "explore/dataset.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>

namespace terse::explore {

namespace {

constexpr std::uint8_t idx_unsigned_byte = 0x08;
constexpr std::size_t idx_largest_array = std::size_t{1} << 30;

/// zlib's gz functions read uncompressed files as they are, so one path serves both.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path) : path_(path), file_(gzopen(path.c_str(), "rb"), &gzclose) {
    if (!file_) throw DatasetError(fmt::format("{}: cannot open the file", path_.string()));
  }

  void read(std::span<std::uint8_t> target, std::string_view what) {
    while (!target.empty()) {
      const auto wanted = static_cast<unsigned>(std::min<std::size_t>(target.size(), std::size_t{1} << 24));
      const int got = gzread(file_.get(), target.data(), wanted);
      if (got < 0) throw DatasetError(fmt::format("{}: damaged gzip data in {}", path_.string(), what));
      if (got == 0) {
        throw DatasetError(
            fmt::format("{}: the file ends within {}, {} bytes are missing", path_.string(), what, target.size()));
      }
      target = target.subspan(static_cast<std::size_t>(got));
    }
  }

  void expect_end() {
    std::uint8_t extra = 0;
    if (gzread(file_.get(), &extra, 1) != 0) {
      throw DatasetError(fmt::format("{}: more data than the header announces", path_.string()));
    }
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, decltype(&gzclose)> file_;
};

std::filesystem::path plain_or_compressed(const std::filesystem::path& directory, const std::string& name) {
  for (const char* ending : {"", ".gz"}) {
    const std::filesystem::path candidate = directory / (name + ending);
    if (std::filesystem::exists(candidate)) return candidate;
  }
  throw DatasetError(
      fmt::format("{}: neither {} nor {}.gz is there\n"
                  "Fashion-MNIST comes as a Debian package: apt-get install dataset-fashion-mnist (it fills {}).\n"
                  "If you keep the files elsewhere, name their directory with data.path.",
                  directory.string(), name, name, default_dataset_directory));
}

constexpr std::size_t cifar_side = 32, cifar_channels = 3, cifar_classes = 10;
constexpr std::size_t cifar_image = cifar_side * cifar_side * cifar_channels;

/// Appends the records of one file: a label, then the planes of red, green and blue.
void append_cifar(const std::filesystem::path& path, LabelledImages& images) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) {
    throw DatasetError(
        fmt::format("{}: {}\nCIFAR-10's binary version has data_batch_1.bin to data_batch_5.bin and test_batch.bin; "
                    "name their directory with data.path.",
                    path.string(), error.message()));
  }
  if (bytes == 0 || bytes % (cifar_image + 1) != 0) {
    throw DatasetError(
        fmt::format("{}: {} bytes; CIFAR-10 has records of {} bytes (the binary version, not that for "
                    "Python or Matlab)",
                    path.string(), bytes, cifar_image + 1));
  }
  std::vector<std::uint8_t> record(cifar_image + 1);
  InputFile file(path);
  for (std::uintmax_t i = 0; i < bytes / record.size(); ++i) {
    file.read(record, fmt::format("record {}", i));
    if (record[0] >= cifar_classes) {
      throw DatasetError(fmt::format("{}: label {} in record {}, expected 0..9", path.string(), record[0], i));
    }
    images.labels.push_back(record[0]);
    for (std::size_t pixel = 0; pixel < cifar_side * cifar_side; ++pixel) {
      for (std::size_t c = 0; c < cifar_channels; ++c) {
        images.pixels.push_back(record[1 + c * cifar_side * cifar_side + pixel]);
      }
    }
  }
}

Dataset read_cifar10(const std::filesystem::path& directory) {
  Dataset data;
  data.training.shape = data.test.shape = {cifar_side, cifar_side, cifar_channels};
  for (int batch = 1; batch <= 5; ++batch) {
    append_cifar(directory / fmt::format("data_batch_{}.bin", batch), data.training);
  }
  append_cifar(directory / "test_batch.bin", data.test);
  return data;
}

LabelledImages read_part(const std::filesystem::path& directory, const std::string& prefix) {
  constexpr int most_classes = 256;
  return read_labelled_images(plain_or_compressed(directory, prefix + "-images-idx3-ubyte"),
                              plain_or_compressed(directory, prefix + "-labels-idx1-ubyte"), most_classes);
}

Dataset read_idx_set(const std::filesystem::path& directory) {
  Dataset data{read_part(directory, "train"), read_part(directory, "t10k"), 0};
  const ImageShape &a = data.training.shape, &b = data.test.shape;
  if (a.rows != b.rows || a.columns != b.columns) {
    throw DatasetError(fmt::format("{}: training images of {} x {} pixels, test images of {} x {}", directory.string(),
                                   a.rows, a.columns, b.rows, b.columns));
  }
  data.classes = 1 + *std::max_element(data.training.labels.begin(), data.training.labels.end());
  const int in_test = 1 + *std::max_element(data.test.labels.begin(), data.test.labels.end());
  if (in_test > data.classes) {
    throw DatasetError(fmt::format("{}: test images have label {}, training images only up to {}", directory.string(),
                                   in_test - 1, data.classes - 1));
  }
  return data;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path) {
  InputFile file(path);
  std::array<std::uint8_t, 4> magic{};
  file.read(magic, "the idx header");
  if (magic[0] != 0 || magic[1] != 0) {
    throw DatasetError(fmt::format("{}: not an idx file (its first two bytes are {:#04x} {:#04x}, expected zeros)",
                                   path.string(), magic[0], magic[1]));
  }
  if (magic[2] != idx_unsigned_byte) {
    throw DatasetError(fmt::format("{}: elements of idx type {:#04x}, only unsigned bytes ({:#04x}) are supported",
                                   path.string(), magic[2], idx_unsigned_byte));
  }
  IdxArray array;
  std::size_t size = 1;
  for (unsigned dimension = 0; dimension < magic[3]; ++dimension) {
    std::array<std::uint8_t, 4> bytes{};
    file.read(bytes, "the idx dimensions");
    const std::size_t extent =
        std::size_t{bytes[0]} << 24 | std::size_t{bytes[1]} << 16 | std::size_t{bytes[2]} << 8 | std::size_t{bytes[3]};
    if (extent == 0 || size > idx_largest_array / extent) {
      throw DatasetError(fmt::format("{}: dimension {} is {}, the array would be empty or above 1 GiB", path.string(),
                                     dimension, extent));
    }
    array.dimensions.push_back(extent);
    size *= extent;
  }
  array.values.resize(size);
  file.read(array.values, "the idx elements");
  file.expect_end();
  return array;
}

LabelledImages read_labelled_images(const std::filesystem::path& images, const std::filesystem::path& labels,
                                    int classes) {
  IdxArray pixels = read_idx(images);
  IdxArray classes_of = read_idx(labels);
  if (pixels.dimensions.size() != 3) {
    throw DatasetError(fmt::format("{}: {} dimensions, images have 3 (count, rows, columns)", images.string(),
                                   pixels.dimensions.size()));
  }
  if (classes_of.dimensions.size() != 1) {
    throw DatasetError(fmt::format("{}: {} dimensions, labels have 1", labels.string(), classes_of.dimensions.size()));
  }
  if (pixels.dimensions[0] != classes_of.dimensions[0]) {
    throw DatasetError(fmt::format("{} holds {} images but {} holds {} labels", images.string(), pixels.dimensions[0],
                                   labels.string(), classes_of.dimensions[0]));
  }
  const auto largest = std::max_element(classes_of.values.begin(), classes_of.values.end());
  if (*largest >= classes) {
    throw DatasetError(fmt::format("{}: label {} at position {}, expected 0..{}", labels.string(), *largest,
                                   largest - classes_of.values.begin(), classes - 1));
  }
  LabelledImages result;
  result.shape = {static_cast<int>(pixels.dimensions[1]), static_cast<int>(pixels.dimensions[2]), 1};
  result.pixels = std::move(pixels.values);
  result.labels = std::move(classes_of.values);
  return result;
}

Dataset read_dataset(const std::string& set, const std::filesystem::path& directory) {
  if (set == "cifar10") return read_cifar10(directory);
  if (set == "fashion-mnist") return read_idx_set(directory.empty() ? default_dataset_directory : directory);
  return read_idx_set(directory);
}

}  // namespace terse::explore
