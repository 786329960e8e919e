// The operators of TFLite in terms of ONNX.
#include <fmt/format.h>

#include <map>

#include "compiler/compiler.hpp"
#include "compiler/tflite/graph_builder.hpp"

namespace terse::compiler::tflite_reader {

namespace {

using Builder = GraphBuilder;
using Attributes = std::map<std::string, graph::Attribute>;

[[noreturn]] void refuse(const FileOperator& op, const std::string& problem) {
  throw CompileError(fmt::format("operator {} ({}): {}", op.name, op.kind, problem));
}

std::string padding_of(const FileOperator& op, tflite::Padding padding) {
  if (padding == tflite::Padding_SAME) return "SAME_UPPER";
  if (padding == tflite::Padding_VALID) return "VALID";
  refuse(op, fmt::format("its padding is {}; accepted: SAME and VALID", static_cast<int>(padding)));
}

/// Conv2DOptions and DepthwiseConv2DOptions name the same things.
template <typename Options>
void convolution(const FileOperator& op, Builder& b, const Options& o, const std::string& weight, std::int64_t groups) {
  const Attributes attributes{{"auto_pad", padding_of(op, o.padding())},
                              {"strides", graph::Shape{o.stride_h(), o.stride_w()}},
                              {"dilations", graph::Shape{o.dilation_h_factor(), o.dilation_w_factor()}},
                              {"group", groups}};
  const std::string x = b.to_channels_first(op, b.real(op, 0));
  const std::string y = b.node(op, "Conv", {x, weight, b.real(op, 2)}, attributes);
  b.finish(op, b.to_channels_last(op, b.activated(op, y, o.fused_activation_function())));
}

void conv_2d(const FileOperator& op, Builder& b) {
  const graph::Shape in = b.shape(op, 0), w = b.shape(op, 1);  // [O, H, W, I]
  if (in.size() != 4 || w.size() != 4 || w[3] < 1) refuse(op, "its input or weight has not four axes");
  const std::string weight = b.transposed_constant(op, 1, {0, 3, 1, 2});
  convolution(op, b, b.options<tflite::Conv2DOptions>(op), weight, in[3] / w[3]);
}

void depthwise_conv_2d(const FileOperator& op, Builder& b) {
  const graph::Shape in = b.shape(op, 0);  // the weight is [1, H, W, outputs]
  if (in.size() != 4) refuse(op, "its input has not four axes");
  const std::string weight = b.transposed_constant(op, 1, {3, 0, 1, 2});
  convolution(op, b, b.options<tflite::DepthwiseConv2DOptions>(op), weight, in[3]);
}

void fully_connected(const FileOperator& op, Builder& b) {
  const graph::Shape w = b.shape(op, 1);  // [outputs, inputs]
  if (w.size() != 2) refuse(op, "its weight is no matrix");
  const std::string rows = b.node(op, "Reshape", {b.real(op, 0), b.constant(op, {-1, w[1]})});
  const std::string y =
      b.node(op, "Gemm", {rows, b.transposed_constant(op, 1, {0, 1}), b.real(op, 2)}, {{"transB", std::int64_t{1}}});
  const std::string shaped = b.node(op, "Reshape", {y, b.constant(op, b.output_shape(op))});
  b.finish(op, b.activated(op, shaped, b.options<tflite::ActivationOptions>(op).fused_activation_function()));
}

void pool(const FileOperator& op, Builder& b, const std::string& operation) {
  const auto& o = b.options<tflite::Pool2DOptions>(op);
  const std::string y = b.node(op, operation, {b.to_channels_first(op, b.real(op, 0))},
                               {{"auto_pad", padding_of(op, o.padding())},
                                {"strides", graph::Shape{o.stride_h(), o.stride_w()}},
                                {"kernel_shape", graph::Shape{o.filter_height(), o.filter_width()}}});
  b.finish(op, b.to_channels_last(op, b.activated(op, y, o.fused_activation_function())));
}

void arithmetic(const FileOperator& op, Builder& b, const std::string& operation) {
  const std::string y = b.node(op, operation, {b.real(op, 0), b.real(op, 1)});
  b.finish(op, b.activated(op, y, b.options<tflite::ActivationOptions>(op).fused_activation_function()));
}

void bound(const FileOperator& op, Builder& b, const std::string& operation) {
  b.finish(op, b.node(op, operation, {b.real(op, 0), b.real(op, 1)}));
}

void function(const FileOperator& op, Builder& b, const std::string& operation, const Attributes& attributes = {}) {
  b.finish(op, b.node(op, operation, {b.real(op, 0)}, attributes));
}

void softmax(const FileOperator& op, Builder& b) {
  if (op.options != nullptr && b.options<tflite::SoftmaxOptions>(op).beta() != 1) {
    refuse(op, "its beta is not 1; accepted: 1");
  }
  function(op, b, "Softmax", {{"axis", std::int64_t{-1}}});
}

/// RESHAPE, SQUEEZE, EXPAND_DIMS: the output's shape says it.
void reshape(const FileOperator& op, Builder& b) {
  b.finish(op, b.node(op, "Reshape", {b.real(op, 0), b.constant(op, b.output_shape(op))}));
}

void pad(const FileOperator& op, Builder& b) {
  const graph::Shape pairs = b.integers(op, 1);
  graph::Shape pads(pairs.size());
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    pads[i / 2] = pairs[i];
    pads[pairs.size() / 2 + i / 2] = pairs[i + 1];
  }
  std::vector<std::string> inputs{b.real(op, 0), b.constant(op, pads)};
  if (op.inputs.size() > 2) inputs.push_back(b.real(op, 2));
  b.finish(op, b.node(op, "Pad", inputs));
}

void concatenation(const FileOperator& op, Builder& b) {
  const auto& o = b.options<tflite::ConcatenationOptions>(op);
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) inputs.push_back(b.real(op, i));
  const std::string y = b.node(op, "Concat", inputs, {{"axis", std::int64_t{o.axis()}}});
  b.finish(op, b.activated(op, y, o.fused_activation_function()));
}

void mean(const FileOperator& op, Builder& b) {
  const bool keep = b.options<tflite::ReducerOptions>(op).keep_dims();
  b.finish(op, b.node(op, "ReduceMean", {b.real(op, 0)},
                      {{"axes", b.integers(op, 1)}, {"keepdims", std::int64_t{keep ? 1 : 0}}}));
}

void transpose(const FileOperator& op, Builder& b) {
  function(op, b, "Transpose", {{"perm", b.integers(op, 1)}});
}

void strided_slice(const FileOperator& op, Builder& b) {
  const auto& o = b.options<tflite::StridedSliceOptions>(op);
  if (o.ellipsis_mask() != 0 || o.new_axis_mask() != 0)
    refuse(op, "it adds axes; accepted: masks of begin, end, shrink");
  graph::Shape begin = b.integers(op, 1), end = b.integers(op, 2);
  const graph::Shape size = b.shape(op, 0), strides = b.integers(op, 3);
  if (end.size() != begin.size() || begin.size() > size.size()) refuse(op, "its begin and end differ in length");
  for (std::size_t i = 0; i < begin.size(); ++i) {
    if ((o.begin_mask() >> i & 1) != 0) begin[i] = 0;
    if ((o.end_mask() >> i & 1) != 0) end[i] = size[i];
    if ((o.shrink_axis_mask() >> i & 1) != 0) end[i] = begin[i] == -1 ? size[i] : begin[i] + 1;
  }
  graph::Shape axes;
  for (std::size_t i = 0; i < begin.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  const std::string y = b.node(
      op, "Slice",
      {b.real(op, 0), b.constant(op, begin), b.constant(op, end), b.constant(op, axes), b.constant(op, strides)});
  b.finish(op, b.node(op, "Reshape", {y, b.constant(op, b.output_shape(op))}));
}

void slice(const FileOperator& op, Builder& b) {
  const graph::Shape begin = b.integers(op, 1), size = b.integers(op, 2), shape = b.shape(op, 0);
  if (begin.size() != size.size() || begin.size() > shape.size()) refuse(op, "its begin and size differ in length");
  graph::Shape end, axes;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    end.push_back(size[i] == -1 ? shape[i] : begin[i] + size[i]);
    axes.push_back(static_cast<std::int64_t>(i));
  }
  b.finish(op, b.node(op, "Slice", {b.real(op, 0), b.constant(op, begin), b.constant(op, end), b.constant(op, axes)}));
}

/// Each part as a slice: SPLIT has its axis as input 0, SPLIT_V its sizes as input 1 and its axis as input 2.
void split(const FileOperator& op, Builder& b, std::size_t data, std::size_t axis_input) {
  const graph::Shape axes = b.integers(op, axis_input), shape = b.shape(op, data);
  if (axes.size() != 1) refuse(op, "it has not one axis");
  const std::int64_t axis = axes[0] < 0 ? axes[0] + static_cast<std::int64_t>(shape.size()) : axes[0];
  if (axis < 0 || axis >= static_cast<std::int64_t>(shape.size())) refuse(op, "its axis is none of its input");
  std::int64_t start = 0;
  for (std::size_t i = 0; i < op.outputs.size(); ++i) {
    const graph::Shape part = b.output_shape(op, i);
    if (part.size() != shape.size()) refuse(op, "a part has other axes than its input");
    const std::int64_t end = start + part[static_cast<std::size_t>(axis)];
    b.finish(
        op,
        b.node(op, "Slice", {b.real(op, data), b.constant(op, {start}), b.constant(op, {end}), b.constant(op, {axis})}),
        i);
    start = end;
  }
}

void resize_nearest(const FileOperator& op, Builder& b) {
  const auto& o = b.options<tflite::ResizeNearestNeighborOptions>(op);
  const std::string mode = o.align_corners() ? "align_corners" : o.half_pixel_centers() ? "half_pixel" : "asymmetric";
  b.finish(op, b.node(op, "Resize", {b.real(op, 0), "", "", b.constant(op, b.output_shape(op))},
                      {{"mode", std::string("nearest")}, {"coordinate_transformation_mode", mode}}));
}

void batch_matmul(const FileOperator& op, Builder& b) {
  const auto& o = b.options<tflite::BatchMatMulOptions>(op);
  const auto operand = [&](std::size_t index, bool adjoint) {
    if (!adjoint) return b.real(op, index);
    graph::Shape order;
    const auto rank = static_cast<std::int64_t>(b.shape(op, index).size());
    for (std::int64_t i = 0; i < rank; ++i) order.push_back(i + 2 < rank ? i : 2 * rank - 3 - i);
    return b.node(op, "Transpose", {b.real(op, index)}, {{"perm", order}});
  };
  b.finish(op, b.node(op, "MatMul", {operand(0, o.adj_x()), operand(1, o.adj_y())}));
}

struct Known {
  const char* name;
  void (*translate)(const FileOperator&, Builder&);
};

const std::map<std::int32_t, Known>& known_operators() {
  static const std::map<std::int32_t, Known> known{
      {0, {"ADD", [](auto& op, auto& b) { arithmetic(op, b, "Add"); }}},
      {1, {"AVERAGE_POOL_2D", [](auto& op, auto& b) { pool(op, b, "AveragePool"); }}},
      {2, {"CONCATENATION", &concatenation}},
      {3, {"CONV_2D", &conv_2d}},
      {4, {"DEPTHWISE_CONV_2D", &depthwise_conv_2d}},
      {6, {"DEQUANTIZE", [](auto& op, auto& b) { b.finish(op, b.real(op, 0)); }}},
      {9, {"FULLY_CONNECTED", &fully_connected}},
      {14, {"LOGISTIC", [](auto& op, auto& b) { function(op, b, "Sigmoid"); }}},
      {17, {"MAX_POOL_2D", [](auto& op, auto& b) { pool(op, b, "MaxPool"); }}},
      {18, {"MUL", [](auto& op, auto& b) { arithmetic(op, b, "Mul"); }}},
      {19, {"RELU", [](auto& op, auto& b) { function(op, b, "Relu"); }}},
      {20,
       {"RELU_N1_TO_1",
        [](auto& op, auto& b) {
          function(op, b, "Clip", {{"min", -1.0}, {"max", 1.0}});
        }}},
      {21,
       {"RELU6",
        [](auto& op, auto& b) {
          function(op, b, "Clip", {{"min", 0.0}, {"max", 6.0}});
        }}},
      {22, {"RESHAPE", &reshape}},
      {25, {"SOFTMAX", &softmax}},
      {28, {"TANH", [](auto& op, auto& b) { function(op, b, "Tanh"); }}},
      {34, {"PAD", &pad}},
      {39, {"TRANSPOSE", &transpose}},
      {40, {"MEAN", &mean}},
      {41, {"SUB", [](auto& op, auto& b) { arithmetic(op, b, "Sub"); }}},
      {42, {"DIV", [](auto& op, auto& b) { arithmetic(op, b, "Div"); }}},
      {43, {"SQUEEZE", &reshape}},
      {45, {"STRIDED_SLICE", &strided_slice}},
      {49, {"SPLIT", [](auto& op, auto& b) { split(op, b, 1, 0); }}},
      {54, {"PRELU", [](auto& op, auto& b) { bound(op, b, "PRelu"); }}},
      {55, {"MAXIMUM", [](auto& op, auto& b) { bound(op, b, "Max"); }}},
      {57, {"MINIMUM", [](auto& op, auto& b) { bound(op, b, "Min"); }}},
      {60, {"PADV2", &pad}},
      {65, {"SLICE", &slice}},
      {70, {"EXPAND_DIMS", &reshape}},
      {97, {"RESIZE_NEAREST_NEIGHBOR", &resize_nearest}},
      {98,
       {"LEAKY_RELU",
        [](auto& op, auto& b) {
          const double alpha = static_cast<double>(b.template options<tflite::LeakyReluOptions>(op).alpha());
          function(op, b, "LeakyRelu", {{"alpha", alpha}});
        }}},
      {102, {"SPLIT_V", [](auto& op, auto& b) { split(op, b, 0, 2); }}},
      {111, {"ELU", [](auto& op, auto& b) { function(op, b, "Elu"); }}},
      {114, {"QUANTIZE", [](auto& op, auto& b) { b.finish(op, b.real(op, 0)); }}},
      {117, {"HARD_SWISH", [](auto& op, auto& b) { function(op, b, "HardSwish"); }}},
      {126, {"BATCH_MATMUL", &batch_matmul}},
      {150, {"GELU", [](auto& op, auto& b) {
               const bool fast = b.template options<tflite::GeluOptions>(op).approximate();
               function(op, b, "Gelu", {{"approximate", std::string(fast ? "tanh" : "none")}});
             }}}};
  return known;
}

}  // namespace

bool translate(const FileOperator& op, GraphBuilder& builder) {
  for (const auto& [code, known] : known_operators()) {
    if (op.kind != known.name) continue;
    known.translate(op, builder);
    return true;
  }
  return false;
}

std::string operator_name(std::int32_t code) {
  const auto found = known_operators().find(code);
  return found == known_operators().end() ? fmt::format("operator code {}", code) : found->second.name;
}

std::string accepted_operators() {
  std::string names;
  for (const auto& [code, known] : known_operators())
    names += names.empty() ? known.name : fmt::format(", {}", known.name);
  return names;
}

}  // namespace terse::compiler::tflite_reader
