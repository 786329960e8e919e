// Host speed of the units' datapaths, in MACs per second. The shapes are those of small image classifiers.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

#include "models/convolution/sums.hpp"

namespace {

using namespace terse::convolution;

Shape square(std::uint32_t size, std::uint32_t kernel, std::uint32_t input_channels, std::uint32_t output_channels,
             std::uint32_t stride) {
  return {.input_height = size,
          .input_width = size,
          .input_channels = input_channels,
          .output_height = (size + stride - 1) / stride,
          .output_width = (size + stride - 1) / stride,
          .output_channels = output_channels,
          .kernel_height = kernel,
          .kernel_width = kernel,
          .stride_y = stride,
          .stride_x = stride,
          .pad_top = kernel / 2,
          .pad_left = kernel / 2};
}

/// Arguments: size, kernel, input channels, output channels, stride.
struct Tile {
  Shape shape;
  std::vector<std::uint8_t> activations;
  std::vector<std::int64_t> sums;
  std::mt19937 random{1};

  explicit Tile(const benchmark::State& state)
      : shape(square(at(state, 0), at(state, 1), at(state, 2), at(state, 3), at(state, 4))),
        activations(std::size_t{shape.input_height} * shape.input_width * shape.input_channels),
        sums(shape.outputs()) {
    for (auto& a : activations) a = static_cast<std::uint8_t>(random());
  }
  static std::uint32_t at(const benchmark::State& state, std::size_t i) {
    return static_cast<std::uint32_t>(state.range(i));
  }
  [[nodiscard]] ActivationView view() const {
    const std::uint64_t pixel = shape.input_channels;
    return {activations.data(), pixel * shape.input_width, pixel, false};
  }
  [[nodiscard]] std::uint64_t weights() const { return shape.weights_per_channel() * shape.output_channels; }
  void report(benchmark::State& state, double density) const {
    state.counters["MAC/s"] = benchmark::Counter(
        static_cast<double>(state.iterations()) * static_cast<double>(weights() * shape.pixels()) * density,
        benchmark::Counter::kIsRate);
  }
};

void ternary(benchmark::State& state) {
  Tile tile(state);
  const std::uint64_t row_bytes = (tile.shape.weights_per_channel() + 3) / 4;
  std::vector<std::uint8_t> packed(row_bytes * tile.shape.output_channels);
  for (auto& byte : packed) {
    for (int i = 0; i < 4; ++i) {
      const std::uint32_t codes[] = {0, 1, 3, 0};
      byte = static_cast<std::uint8_t>(byte | codes[tile.random() % 4] << (2 * i));
    }
  }
  for (auto _ : state) {
    TernaryMatrix matrix;
    matrix.resize(tile.shape.output_channels, tile.shape.weights_per_channel());
    for (std::uint64_t o = 0; o < tile.shape.output_channels; ++o) {
      benchmark::DoNotOptimize(matrix.unpack_row(o, std::span(packed).subspan(o * row_bytes, row_bytes)));
    }
    ternary_sums(tile.shape, tile.view(), matrix, tile.sums);
    benchmark::DoNotOptimize(tile.sums.data());
  }
  tile.report(state, 1);
}

void dense(benchmark::State& state) {
  Tile tile(state);
  std::vector<std::uint8_t> packed(tile.weights());
  for (auto& byte : packed) byte = static_cast<std::uint8_t>(tile.random());
  for (auto _ : state) {
    DenseMatrix matrix{tile.shape.weights_per_channel(), std::vector<std::int16_t>(tile.weights())};
    unpack_values(packed, 0, packed.size(), 8, matrix.weights.data());
    dense_sums(tile.shape, tile.view(), matrix, tile.sums);
    benchmark::DoNotOptimize(tile.sums.data());
  }
  tile.report(state, 1);
}

/// One value in 32.
void sparse(benchmark::State& state) {
  Tile tile(state);
  SparseMatrix matrix;
  matrix.columns = tile.shape.weights_per_channel();
  for (std::uint64_t o = 0; o < tile.shape.output_channels; ++o) {
    for (std::uint32_t k = 0; k < matrix.columns; k += 32) {
      const auto group = static_cast<std::uint32_t>(std::min<std::uint64_t>(32, matrix.columns - k));
      matrix.entries.push_back(
          {k + static_cast<std::uint32_t>(tile.random()) % group, static_cast<std::int8_t>(tile.random())});
    }
    matrix.end_row();
  }
  for (auto _ : state) {
    sparse_sums(tile.shape, tile.view(), matrix, tile.sums);
    benchmark::DoNotOptimize(tile.sums.data());
  }
  tile.report(state, static_cast<double>(matrix.entries.size()) / static_cast<double>(tile.weights()));
}

void shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"size", "kernel", "in", "out", "stride"});
  benchmark->Args({28, 3, 8, 8, 1})->Args({28, 3, 1, 8, 1})->Args({14, 3, 16, 16, 1})->Args({28, 3, 8, 16, 2});
  benchmark->Args({7, 3, 32, 32, 1})->Args({7, 3, 64, 64, 1})->Args({14, 1, 16, 32, 1})->Args({1, 1, 576, 128, 1});
}

BENCHMARK(ternary)->Apply(shapes);
BENCHMARK(dense)->Apply(shapes);
BENCHMARK(sparse)->Apply(shapes);

}  // namespace

BENCHMARK_MAIN();
