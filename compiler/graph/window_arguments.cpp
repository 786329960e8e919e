#include "compiler/graph/window_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/compiler.hpp"

namespace terse::compiler::graph {

namespace {

constexpr std::int64_t greatest_window_field = 255;  // kernel, stride, dilation and padding registers have 8 bits

std::int64_t checked(const char* name, std::int64_t value, std::int64_t least) {
  if (value < least || value > greatest_window_field) {
    throw CompileError(fmt::format("its {} is {}; accepted: {} to {}", name, value, least, greatest_window_field));
  }
  return value;
}

/// A list of one dimension gets a first one for the single row.
Shape of_two(const char* name, Shape list, std::int64_t of_row) {
  if (list.size() == 1) list.insert(list.begin(), of_row);
  if (list.size() != 2) {
    throw CompileError(
        fmt::format("its {} has {} dimensions; accepted: one- and two-dimensional windows", name, list.size()));
  }
  return list;
}

std::int64_t extent_of(const WindowArguments& w, std::size_t d) {
  return (w.kernel[d] - 1) * w.dilations[d] + 1;
}

void pad_automatically(const std::string& mode, const Shape& input, WindowArguments& w) {
  if (mode == "NOTSET" || mode.empty()) return;
  w.pads = {0, 0, 0, 0};
  if (mode == "VALID") return;
  if (mode != "SAME_UPPER" && mode != "SAME_LOWER") {
    throw CompileError(fmt::format("its auto_pad is '{}'; accepted: NOTSET, VALID, SAME_UPPER and SAME_LOWER", mode));
  }
  for (std::size_t d = 0; d < 2; ++d) {
    const std::int64_t needed = ((input[d] + w.strides[d] - 1) / w.strides[d] - 1) * w.strides[d] + extent_of(w, d);
    const std::int64_t total = std::max<std::int64_t>(needed - input[d], 0);
    w.pads[d] = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    w.pads[d + 2] = total - w.pads[d];
  }
}

/// ceil_mode: padding after the input that makes the rounded-up number of outputs; a last window that would begin in
/// the padding is dropped.
void round_outputs_up(const Shape& input, WindowArguments& w) {
  for (std::size_t d = 0; d < 2; ++d) {
    const std::int64_t beyond = input[d] + w.pads[d] + w.pads[d + 2] - extent_of(w, d);
    const std::int64_t rest = beyond % w.strides[d];
    if (rest != 0 && beyond - rest + w.strides[d] < input[d] + w.pads[d]) w.pads[d + 2] += w.strides[d] - rest;
  }
}

}  // namespace

WindowArguments window_arguments(const Node& node, const Shape& kernel, const Shape& input) {
  WindowArguments w;
  w.kernel = of_two("window", kernel, 1);
  w.strides = of_two("list of strides", node.integers("strides", Shape(kernel.size(), 1)), 1);
  w.dilations = of_two("list of dilations", node.integers("dilations", Shape(kernel.size(), 1)), 1);
  w.pads = node.integers("pads", {0, 0, 0, 0});
  if (w.pads.size() == 2) w.pads = {0, w.pads[0], 0, w.pads[1]};
  if (w.pads.size() != 4) throw CompileError(fmt::format("it has {} pads; accepted: 2 or 4", w.pads.size()));
  for (std::size_t d = 0; d < 2; ++d) {
    checked(d == 0 ? "kernel height" : "kernel width", w.kernel[d], 1);
    checked("stride", w.strides[d], 1);
    checked("dilation", w.dilations[d], 1);
  }
  for (const std::int64_t pad : w.pads) checked("padding", pad, 0);
  pad_automatically(node.text("auto_pad", "NOTSET"), input, w);
  for (std::size_t d = 0; d < 2; ++d) {
    if (input[d] + w.pads[d] + w.pads[d + 2] < extent_of(w, d)) {
      throw CompileError(
          fmt::format("its window does not fit the {} x {} input; accepted: windows within the padded "
                      "input",
                      input[0], input[1]));
    }
  }
  if (node.integer("ceil_mode", 0) != 0) round_outputs_up(input, w);
  for (std::size_t d = 0; d < 2; ++d) {
    w.outputs.push_back((input[d] + w.pads[d] + w.pads[d + 2] - extent_of(w, d)) / w.strides[d] + 1);
  }
  return w;
}

}  // namespace terse::compiler::graph
