#include "compiler/tflite/tflite_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "compiler/compiler.hpp"
#include "compiler/tflite/graph_builder.hpp"

namespace terse::compiler {

namespace {

using tflite_reader::FileOperator;

/// Codes above 127 are in the newer field alone; older files have the older field alone.
std::int32_t code_of(const tflite::OperatorCode& code) {
  return std::max(code.builtin_code(), std::int32_t{code.deprecated_builtin_code()});
}

std::vector<std::int32_t> numbers(const flatbuffers::Vector<std::int32_t>* list) {
  if (list == nullptr) return {};
  return {list->begin(), list->end()};
}

std::vector<FileOperator> operators_of(const std::string& file, const tflite::Model& model,
                                       const tflite::SubGraph& subgraph) {
  std::vector<FileOperator> result;
  if (subgraph.operators() == nullptr) return result;
  for (const tflite::Operator* op : *subgraph.operators()) {
    if (op == nullptr || model.operator_codes() == nullptr || op->opcode_index() >= model.operator_codes()->size()) {
      throw CompileError(fmt::format("{}: operator {} has no code; the file is damaged", file, result.size()));
    }
    const tflite::OperatorCode& code = *model.operator_codes()->Get(op->opcode_index());
    FileOperator next;
    next.kind = code.custom_code() != nullptr ? fmt::format("custom {}", code.custom_code()->str())
                                              : tflite_reader::operator_name(code_of(code));
    next.name = fmt::format("{}_{}", next.kind, result.size());
    std::transform(next.name.begin(), next.name.end(), next.name.begin(),
                   [](unsigned char c) { return static_cast<char>(c == ' ' ? '_' : std::tolower(c)); });
    next.inputs = numbers(op->inputs());
    next.outputs = numbers(op->outputs());
    next.options = op->builtin_options();
    result.push_back(std::move(next));
  }
  return result;
}

void translate_all(const std::vector<FileOperator>& operators, tflite_reader::GraphBuilder& builder,
                   const std::string& file) {
  std::vector<std::string> unknown;
  for (const FileOperator& op : operators) {
    if (!unknown.empty()) {  // only look for more of them
      if (tflite_reader::accepted_operators().find(op.kind) == std::string::npos) unknown.push_back(op.kind);
      continue;
    }
    try {
      if (!tflite_reader::translate(op, builder)) unknown.push_back(op.kind);
    } catch (const CompileError& error) {
      const std::string text = error.what();
      throw CompileError(text.starts_with(file) ? text : fmt::format("{}: {}", file, text));
    }
  }
  if (unknown.empty()) return;
  throw CompileError(fmt::format("{}: operators that are not known: {}; accepted: {}", file, fmt::join(unknown, ", "),
                                 tflite_reader::accepted_operators()));
}

}  // namespace

bool is_tflite(std::span<const char> bytes) {
  return bytes.size() >= 8 && std::equal(bytes.begin() + 4, bytes.begin() + 8, tflite::ModelIdentifier());
}

graph::Model read_tflite(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw CompileError(fmt::format("{}: not a TFLite model", file.string()));
  return read_tflite(bytes, file);
}

graph::Model read_tflite(std::span<const char> bytes, const std::filesystem::path& file) {
  if (!is_tflite(bytes)) throw CompileError(fmt::format("{}: not a TFLite model", file.string()));
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (!tflite::VerifyModelBuffer(verifier)) {
    throw CompileError(
        fmt::format("{}: the TFLite model is damaged or truncated ({} bytes)", file.string(), bytes.size()));
  }
  const tflite::Model& source = *tflite::GetModel(bytes.data());
  if (source.subgraphs() == nullptr || source.subgraphs()->size() != 1) {
    throw CompileError(fmt::format("{}: the model has {} subgraphs; accepted: one", file.string(),
                                   source.subgraphs() == nullptr ? 0 : source.subgraphs()->size()));
  }
  const tflite::SubGraph& subgraph = *source.subgraphs()->Get(0);
  graph::Model model;
  model.file = file.string();
  model.name = file.stem().string();
  model.opset = 13;
  model.channels_last = true;
  tflite_reader::GraphBuilder builder(source, subgraph, verifier, model);
  for (const std::int32_t input : numbers(subgraph.inputs())) builder.add_input(input);
  translate_all(operators_of(model.file, source, subgraph), builder, model.file);
  for (const std::int32_t output : numbers(subgraph.outputs())) builder.add_output(output);
  return model;
}

}  // namespace terse::compiler
