#pragma once
// Builds small ONNX files through libonnx's messages. Names of nodes are what the caller says; the output of node NAME
// is "NAME.out".
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace terse::testing {

using Shape = std::vector<std::int64_t>;
using Attributes = std::map<std::string, std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>>>;

class OnnxBuilder {
 public:
  explicit OnnxBuilder(std::int64_t opset = 13);
  ~OnnxBuilder();
  OnnxBuilder(const OnnxBuilder&) = delete;
  OnnxBuilder& operator=(const OnnxBuilder&) = delete;

  enum class Type { real, int8, uint8, int32, int64 };
  /// Initializers; each returns its name. `raw` false: stored in the typed field instead of raw_data.
  std::string constant(const std::string& name, const Shape& shape, const std::vector<double>& values,
                       Type type = Type::real, bool raw = true);
  /// A float initializer whose data lie elsewhere, with the entries (location, offset, length) that say where.
  std::string external_constant(const std::string& name, const Shape& shape,
                                const std::map<std::string, std::string>& entries);
  std::string node(const std::string& operation, const std::string& name, const std::vector<std::string>& inputs,
                   const Attributes& attributes = {}, const std::string& domain = "");
  /// A Constant node that holds a float tensor.
  std::string constant_node(const std::string& name, const Shape& shape, const std::vector<double>& values);

  std::string input(const std::string& name, const Shape& shape, Type type = Type::real);  ///< -1: a free dimension.
  void output(const std::string& value);

  /// QuantizeLinear, DequantizeLinear.
  std::string quantize(const std::string& name, const std::string& value, double scale, bool is_signed,
                       double zero_point = 0);
  /// DequantizeLinear of int8 weights, one scale per index of `axis`.
  std::string weight(const std::string& name, const Shape& shape, const std::vector<double>& integers,
                     const std::vector<double>& scales, std::int64_t axis = 0);

  [[nodiscard]] std::string bytes() const;
  void write(const std::filesystem::path& file) const;

 private:
  struct Messages;
  std::unique_ptr<Messages> messages_;
};

/// A file of the running test's own in the temporary directory, removed with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& name);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void write(const std::string& bytes) const;

 private:
  std::filesystem::path path_;
};

}  // namespace terse::testing
