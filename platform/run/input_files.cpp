#include "platform/run/input_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

namespace terse::run {
namespace {

/// A file as one array; `shape` is empty for raw bytes.
struct Array {
  std::string element;  ///< int8, uint8, int16, int32, int64, float32, float64.
  std::vector<std::uint64_t> shape;
  std::string bytes;
};

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& problem) {
  throw DatasetError(fmt::format("{}: {}", file.string(), problem));
}

std::string read_all(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) fail(file, "cannot be opened; is the path right?");
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::size_t element_size(const std::string& element) {
  if (element == "int8" || element == "uint8") return 1;
  if (element == "int16") return 2;
  return element == "float64" || element == "int64" ? 8 : 4;
}

template <typename Stored>
double stored_at(const std::string& bytes, std::size_t index) {
  Stored value;
  std::memcpy(&value, bytes.data() + index * sizeof(Stored), sizeof(Stored));
  return static_cast<double>(value);
}

double value_at(const Array& array, std::size_t index) {
  if (array.element == "int8") return stored_at<std::int8_t>(array.bytes, index);
  if (array.element == "uint8") return stored_at<std::uint8_t>(array.bytes, index);
  if (array.element == "int16") return stored_at<std::int16_t>(array.bytes, index);
  if (array.element == "int32") return stored_at<std::int32_t>(array.bytes, index);
  if (array.element == "int64") return stored_at<std::int64_t>(array.bytes, index);
  if (array.element == "float64") return stored_at<double>(array.bytes, index);
  return stored_at<float>(array.bytes, index);
}

/// The text between `key` and the next of `ends` in the header of an .npy file.
std::string header_field(const std::filesystem::path& file, const std::string& header, const std::string& key,
                         char begin, char end) {
  const std::size_t at = header.find("'" + key + "'");
  const std::size_t from = at == std::string::npos ? at : header.find(begin, at + key.size() + 2);
  const std::size_t to = from == std::string::npos ? from : header.find(end, from + 1);
  if (to == std::string::npos) fail(file, fmt::format("its NumPy header has no {}", key));
  return header.substr(from + 1, to - from - 1);
}

std::vector<std::uint64_t> numbers_in(const std::string& text) {
  std::vector<std::uint64_t> result;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::uint64_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error == std::errc()) {
      result.push_back(value);
      at = next;
    } else {
      ++at;
    }
  }
  return result;
}

Array parse_npy(const std::filesystem::path& file, const std::string& bytes) {
  const bool wide = bytes.size() > 6 && bytes[6] >= 2;  // version 2 has four bytes of length, version 1 two
  const std::size_t start = wide ? 12 : 10;
  if (bytes.size() < start) fail(file, "its NumPy header is truncated");
  std::size_t length = 0;
  for (std::size_t i = start; i-- > 8;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  if (bytes.size() - start < length) fail(file, "its NumPy header is truncated");
  const std::string header = bytes.substr(start, length);
  const std::string type = header_field(file, header, "descr", '\'', '\'');
  static const std::vector<std::pair<std::string, std::string>> types{
      {"|i1", "int8"},  {"|u1", "uint8"},   {"<i2", "int16"},   {"<i4", "int32"},
      {"<i8", "int64"}, {"<f4", "float32"}, {"<f8", "float64"}, {"<i1", "int8"}};
  const auto known = std::find_if(types.begin(), types.end(), [&](const auto& entry) { return entry.first == type; });
  if (known == types.end()) {
    fail(file, fmt::format("its elements are '{}'; accepted: |i1, |u1, <i2, <i4, <i8, <f4, <f8", type));
  }
  if (header.find("'fortran_order': True") != std::string::npos) {
    fail(file, "it is in Fortran order; save it with numpy.ascontiguousarray");
  }
  return {known->second, numbers_in(header_field(file, header, "shape", '(', ')')), bytes.substr(start + length)};
}

Array parse_idx(const std::filesystem::path& file, const std::string& bytes) {
  const auto dimensions = static_cast<std::size_t>(bytes[3]);
  if (bytes.size() < 4 + 4 * dimensions) fail(file, "its idx header is truncated");
  Array array{bytes[2] == 9 ? "int8" : "uint8", {}, bytes.substr(4 + 4 * dimensions)};
  for (std::size_t d = 0; d < dimensions; ++d) {
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[4 + 4 * d + i]);
    array.shape.push_back(size);
  }
  return array;
}

/// .npy and idx by their first bytes, else raw.
Array read_array(const std::filesystem::path& file, const std::string& raw_element) {
  const std::string bytes = read_all(file);
  const bool npy = bytes.starts_with("\x93NUMPY");
  const bool idx = !npy && bytes.size() > 4 && bytes[0] == 0 && bytes[1] == 0 && (bytes[2] == 8 || bytes[2] == 9) &&
                   bytes[3] >= 1 && bytes[3] <= 4;
  Array array = npy ? parse_npy(file, bytes) : idx ? parse_idx(file, bytes) : Array{raw_element, {}, bytes};
  double expected = array.shape.empty() ? 0 : static_cast<double>(element_size(array.element));
  for (const std::uint64_t size : array.shape) expected *= static_cast<double>(size);
  if (!array.shape.empty() && expected != static_cast<double>(array.bytes.size())) {
    fail(file, fmt::format("its shape ({}) needs {:.0f} bytes, it has {}", fmt::join(array.shape, ", "), expected,
                           array.bytes.size()));
  }
  return array;
}

/// A line of the labels: the file it names, if any, and the class.
struct LabelLine {
  std::string file;
  std::uint32_t label = 0;
};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\""), last = text.find_last_not_of(" \t\r\"");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

std::vector<LabelLine> read_csv(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) fail(file, "cannot be opened; is the path right?");
  std::vector<LabelLine> lines;
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    if (trimmed(line).empty()) continue;
    const std::size_t first = line.find(','), last = line.rfind(',');
    const std::string label = trimmed(last == std::string::npos ? line : line.substr(last + 1));
    LabelLine entry;
    const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), entry.label);
    if (error != std::errc() || end != label.data() + label.size()) {
      if (number == 1) continue;  // a heading
      fail(file, fmt::format("line {}: the last column is '{}'; accepted: the number of a class", number, label));
    }
    if (first != std::string::npos) entry.file = trimmed(line.substr(0, first));
    lines.push_back(entry);
  }
  return lines;
}

std::vector<LabelLine> read_labels(const std::filesystem::path& file) {
  if (file.empty()) return {};
  const std::string extension = file.extension().string();
  if (extension == ".csv" || extension == ".txt") return read_csv(file);
  const Array array = read_array(file, "uint8");
  std::vector<LabelLine> lines;
  for (std::size_t i = 0; i < array.bytes.size() / element_size(array.element); ++i) {
    lines.push_back({"", static_cast<std::uint32_t>(value_at(array, i))});
  }
  return lines;
}

void expect_available(const InputFiles& files, std::uint64_t available) {
  if (std::uint64_t{files.first} + files.count <= available) return;
  throw DatasetError(fmt::format("inputs {}..{} were asked for, but {} holds {}; lower dataset.first or dataset.images",
                                 files.first, std::uint64_t{files.first} + files.count - 1, files.inputs.string(),
                                 available));
}

void append(const InputFiles& files, const Array& array, std::size_t first, std::size_t count, FileInputs& result) {
  if (array.bytes.size() / element_size(array.element) < first + count) {
    throw DatasetError(fmt::format("{} ends before input {}", files.inputs.string(), files.first));
  }
  for (std::size_t i = 0; i < count; ++i) result.values.push_back(static_cast<float>(value_at(array, first + i)));
}

void read_single_file(const InputFiles& files, std::uint64_t elements, FileInputs& result) {
  const Array array = read_array(files.inputs, files.element);
  const std::uint64_t all = array.bytes.size() / element_size(array.element);
  if (elements == 0 || all % elements != 0) {
    fail(files.inputs, fmt::format("it has {} elements, which are no whole number of inputs of {}", all, elements));
  }
  expect_available(files, all / elements);
  if (array.shape.size() > 1) result.shape.assign(array.shape.begin() + 1, array.shape.end());
  append(files, array, files.first * elements, files.count * elements, result);
}

void read_folder(const InputFiles& files, const std::vector<LabelLine>& lines, std::uint64_t elements,
                 FileInputs& result) {
  std::vector<std::filesystem::path> names;
  for (const LabelLine& line : lines) names.push_back(files.inputs / line.file);
  if (lines.empty()) {
    for (const auto& entry : std::filesystem::directory_iterator(files.inputs)) {
      if (entry.is_regular_file()) names.push_back(entry.path());
    }
    std::sort(names.begin(), names.end());
  }
  expect_available(files, names.size());
  for (std::size_t i = files.first; i < std::size_t{files.first} + files.count; ++i) {
    const Array array = read_array(names[i], files.element);
    const std::uint64_t has = array.bytes.size() / element_size(array.element);
    if (has != elements) fail(names[i], fmt::format("it has {} elements, an input of the network {}", has, elements));
    result.shape = array.shape;
    append(files, array, 0, elements, result);
  }
}

}  // namespace

FileInputs read_input_files(const InputFiles& files, std::uint64_t elements) {
  const std::vector<LabelLine> lines = read_labels(files.labels);
  FileInputs result;
  if (std::filesystem::is_directory(files.inputs)) {
    read_folder(files, lines, elements, result);
  } else {
    read_single_file(files, elements, result);
  }
  if (files.labels.empty()) return result;
  if (lines.size() < std::size_t{files.first} + files.count) {
    fail(files.labels, fmt::format("it has {} labels; inputs {}..{} were asked for", lines.size(), files.first,
                                   std::uint64_t{files.first} + files.count - 1));
  }
  for (std::size_t i = 0; i < files.count; ++i) result.labels.push_back(lines[files.first + i].label);
  return result;
}

}  // namespace terse::run
