// Images of random networks for random hardware, executed by an interpreter that knows only the formats, equal the
// golden reference element by element, however unkindly loads and stores overlap.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "compiler/compiler.hpp"
#include "compiler/image_check.hpp"
#include "compiler/reference/reference.hpp"
#include "tests/compiler/image_interpreter.hpp"
#include "tests/compiler/random_network.hpp"

namespace terse::testing {
namespace {

using compiler::CompiledNetwork;
using compiler::CompileError;
using compiler::HardwareLimits;
using compiler::Layer;
using compiler::QuantizedNetwork;
using compiler::Tensor;
using compiler::TileRectangle;

HardwareLimits ample() {
  return {1u << 20, 1u << 16, 16, 16, 4, 8, 1u << 24};
}

std::int32_t element(std::span<const std::uint8_t> bytes, std::size_t index, const Tensor& tensor) {
  if (tensor.bits == 32) {
    std::int32_t value;
    std::memcpy(&value, bytes.data() + index * 4, 4);
    return value;
  }
  return tensor.is_signed ? static_cast<std::int8_t>(bytes[index]) : std::int32_t{bytes[index]};
}

/// Each tile's output in the scratchpad, right after its merge.
void compare_tile(const CompiledNetwork& compiled, std::uint32_t layer, std::uint32_t tile,
                  const reference::Activations& expected, const std::vector<std::uint8_t>& scratchpad) {
  const TileRectangle& r = compiled.plans.at(layer).tiles.at(tile);
  const std::size_t tensor_index = compiled.network.layers[layer].output;
  const Tensor& tensor = compiled.network.tensors[tensor_index];
  const std::uint32_t bytes = tensor.element_bytes();
  for (std::uint32_t y = 0; y < r.rows; ++y) {
    for (std::uint32_t x = 0; x < r.columns; ++x) {
      for (std::uint32_t c = 0; c < r.channels; ++c) {
        const std::size_t at = r.output_address + y * r.output_row_stride + x * r.output_pixel_stride + c * bytes;
        const std::size_t index =
            (std::size_t{r.row + y} * tensor.width + r.column + x) * tensor.channels + r.channel + c;
        ASSERT_EQ(element(std::span(scratchpad).subspan(at), 0, tensor), expected[tensor_index][index])
            << "layer " << layer << " tile " << tile << " row " << r.row + y << " column " << r.column + x
            << " channel " << r.channel + c;
      }
    }
  }
}

void expect_equal(const CompiledNetwork& compiled, std::span<const std::uint8_t> input, Overlap overlap) {
  const QuantizedNetwork& network = compiled.network;
  const reference::Activations expected = reference::evaluate(network, input);
  ImageInterpreter interpreter(compiled.image, overlap);
  interpreter.after_merge = [&](std::uint32_t layer, std::uint32_t tile) {
    if (::testing::Test::HasFatalFailure()) return;
    compare_tile(compiled, layer, tile, expected, interpreter.scratchpad().bytes());
  };
  const std::vector<std::uint8_t> output = interpreter.run(input);
  const Tensor& tensor = network.tensors[network.output];
  ASSERT_EQ(output.size(), tensor.bytes());
  for (std::size_t i = 0; i < tensor.elements(); ++i) {
    ASSERT_EQ(element(output, i, tensor), expected[network.output][i]) << "output " << i;
  }
}

/// The smallest hardware, in steps of about 15 %, that the network compiles for.
HardwareLimits tightest(const QuantizedNetwork& network, RandomNetwork& random) {
  HardwareLimits limits = ample();
  limits.tmac_output_channels = static_cast<std::uint32_t>(random.number(1, 16));
  limits.tmac_pixels = static_cast<std::uint32_t>(random.number(1, 8));
  constexpr std::uint32_t integer_bits[] = {0, 2, 4, 8};
  limits.tmac_integer_bits = integer_bits[random.number(0, 3)];
  limits.tmac_base3 = random.chance(0.5);
  limits.scratchpad_bytes = static_cast<std::uint64_t>(random.number(256, 4096));
  limits.accumulators = static_cast<std::uint32_t>(random.number(1, 200));
  for (int attempt = 0; attempt < 100; ++attempt) {
    try {
      compile(network, limits);
      return limits;
    } catch (const CompileError& error) {
      const bool accumulators = std::string(error.what()).find("needs 2 accumulators") != std::string::npos;
      if (accumulators) {
        ++limits.accumulators;
      } else {
        limits.scratchpad_bytes += limits.scratchpad_bytes / 7;
      }
    }
  }
  ADD_FAILURE() << "no hardware is large enough";
  return limits;
}

TEST(Compile, RandomNetworksEqualTheReference) {
  std::size_t tiles = 0;
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomNetwork random(seed);
    const QuantizedNetwork network = random.network();
    const CompiledNetwork compiled = compile(network, tightest(network, random));
    EXPECT_NO_THROW(compiler::inspect_image(compiled.image));
    for (const compiler::LayerPlan& plan : compiled.plans) tiles += plan.tiles.size();
    const Overlap overlaps[] = {Overlap::none, Overlap::early_loads, Overlap::late_stores};
    ASSERT_NO_THROW(expect_equal(compiled, random.input(network), overlaps[seed % 3]));
    if (::testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(tiles, 3000u) << "the hardware was not small enough to test tiling";
}

/// Every index format that the layers allow, both lane assignments, both kinds of dataflow.
TEST(Compile, EveryMappingEqualsTheReference) {
  using Format = compiler::Mapping::IndexFormat;
  std::uint32_t formats = 0;
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomNetwork random(seed);
    const QuantizedNetwork network = random.network();
    HardwareLimits limits = tightest(network, random);
    limits.scratchpad_bytes *= 8;  // other formats may take more
    limits.spu_lanes = static_cast<std::uint32_t>(random.number(1, 9));
    limits.activation_broadcast = seed % 4 == 0;
    compiler::Mapping mapping;
    mapping.index_format = limits.activation_broadcast
                               ? Format::automatic
                               : std::array{Format::absolute, Format::relative, Format::bitmap}[seed % 3];
    const bool relative = limits.activation_broadcast || mapping.index_format == Format::relative;
    mapping.index_bits = relative ? static_cast<std::uint32_t>(random.number(0, 8)) : 0;
    if (random.chance(0.5)) mapping.lane_assignment = compiler::Mapping::LaneAssignment::balanced;
    const CompiledNetwork compiled = compile(network, limits, mapping);
    formats |= compiler::inspect_image(compiled.image).header.index_formats;
    ASSERT_NO_THROW(expect_equal(compiled, random.input(network), Overlap::early_loads));
    if (::testing::Test::HasFatalFailure()) return;
  }
  EXPECT_EQ(formats, 0b111101u) << "all but n_of_m";
}

/// Where the mapping asks for it; left to itself the tiler may cut a layer to overlap its passes with its stores.
TEST(Compile, OneTileWhereEverythingFits) {
  compiler::Mapping whole;
  whole.tile_rows = whole.tile_columns = whole.tile_channels = 4096;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    RandomNetwork random(seed);
    const QuantizedNetwork network = random.network();
    const CompiledNetwork compiled = compile(network, ample(), whole);
    for (const compiler::LayerPlan& plan : compiled.plans) EXPECT_EQ(plan.tiles.size(), 1u);
    ASSERT_NO_THROW(expect_equal(compiled, random.input(network), Overlap::late_stores));
  }
}

TEST(Compile, TheSameNetworkGivesTheSameBytes) {
  RandomNetwork first(7), second(7);
  EXPECT_EQ(compile(first.network(), ample()).image, compile(second.network(), ample()).image);
}

/// A convolution over 6 x 6 x 5 with 7 outputs, whose high-precision part has the given density.
QuantizedNetwork one_layer(const compiler::Pattern& pattern, double density, bool ternary, std::uint32_t value_bits) {
  RandomNetwork random(11);
  QuantizedNetwork network;
  Tensor input;
  input.height = input.width = 6;
  input.channels = 5;
  Tensor output = input;
  output.channels = 7;
  output.is_signed = true;
  network.tensors = {input, output};
  network.output = 1;
  Layer layer;
  layer.name = "only";
  layer.output = 1;
  layer.window.kernel_height = layer.window.kernel_width = 3;
  layer.window.pad_top = layer.window.pad_left = layer.window.pad_bottom = layer.window.pad_right = 1;
  layer.clip_low = -128;
  layer.clip_high = 127;
  layer.requantization.assign(7, {2000, 300, 0, 16, 1000});
  layer.pattern = pattern;
  layer.value_bits = value_bits;
  if (ternary) layer.ternary.assign(7 * 45, 1);
  if (density > 0) layer.high_precision = random.values(7, 45, pattern, value_bits, density);
  network.layers = {layer};
  return network;
}

TEST(Compile, AnyDensityAndPattern) {
  using Kind = compiler::Pattern::Kind;
  HardwareLimits limits = ample();
  limits.scratchpad_bytes = 3000;
  limits.accumulators = 100;
  const std::vector<QuantizedNetwork> networks{
      one_layer({}, 0, true, 8),                             // all ternary
      one_layer({Kind::unstructured, 0, 0}, 0.03, true, 8),  // 3 % anywhere
      one_layer({Kind::n_of_m, 1, 32}, 0.03, true, 8),       // one in 32
      one_layer({Kind::n_of_m, 2, 16}, 0.1, true, 4),
      one_layer({Kind::n_of_m, 4, 4}, 1, true, 8),  // N = M is dense
      one_layer({Kind::dense, 0, 0}, 1, false, 8),  // a plain int8 layer
      one_layer({Kind::dense, 0, 0}, 1, true, 16),
      one_layer({Kind::unstructured, 0, 0}, 1, false, 4),
  };
  RandomNetwork random(3);
  for (const QuantizedNetwork& network : networks) {
    const CompiledNetwork compiled = compile(network, limits);
    const std::vector<std::uint8_t> input = random.input(network);
    ASSERT_NO_THROW(expect_equal(compiled, input, Overlap::late_stores));
  }
}

TEST(Compile, PlansCountWorkAndBytes) {
  using Kind = compiler::Pattern::Kind;
  const CompiledNetwork compiled = compile(one_layer({Kind::n_of_m, 1, 32}, 0.03, true, 8), ample());
  const compiler::LayerPlan& plan = compiled.plans[0];
  EXPECT_EQ(plan.dense_macs, 7u * 45 * 36);
  EXPECT_EQ(plan.sparse_macs, 7u * 2 * 36);  // two groups of 45 weights, one slot each
  // Per channel 16 bytes of record, 45 * 2 bits -> 12 bytes, 2 values -> 4 bytes, 2 * 5 bits -> 4 bytes.
  EXPECT_EQ(plan.weight_bytes, (7u * (16 + 12 + 4 + 4) + 15) / 16 * 16);
  EXPECT_DOUBLE_EQ(plan.bits_per_weight, (12 + 4 + 4) * 8 / 45.0);
  EXPECT_EQ(plan.transfer_bytes, plan.weight_bytes + 6 * 6 * 5 + 6 * 6 * 7);
}

/// The byte a fault injector would flip belongs to the channel it says.
TEST(Compile, RowOffsetsPointAtTheChannelsWeights) {
  using Kind = compiler::Pattern::Kind;
  HardwareLimits limits = ample();
  limits.tmac_output_channels = 2;
  limits.accumulators = 150;  // 36 pixels x 2 channels x 2 halves: four channel blocks
  const QuantizedNetwork network = one_layer({Kind::dense, 0, 0}, 1, true, 8);
  const CompiledNetwork compiled = compile(network, limits);
  ASSERT_EQ(compiled.plans[0].dense_row_offsets.size(), 7u);
  ASSERT_EQ(compiled.plans[0].sparse_row_offsets.size(), 7u);
  for (std::size_t o = 0; o < 7; ++o) {
    EXPECT_EQ(compiled.image[compiled.plans[0].dense_row_offsets[o]], 0x55) << "four weights of +1, channel " << o;
    for (std::size_t k = 0; k < 45; ++k) {
      EXPECT_EQ(static_cast<std::int8_t>(compiled.image[compiled.plans[0].sparse_row_offsets[o] + k]),
                network.layers[0].high_precision[o * 45 + k]);
    }
  }
}

/// What the image's only layer runs on, for arrays of 0 (ternary), 2, 4 and 8 integer bits.
TEST(Compile, LayersOfWholeNumbersRunOnAnArrayThatIsWideEnough) {
  using Kind = compiler::Pattern::Kind;
  using registers::tmac::WeightFormat;
  QuantizedNetwork int8 = one_layer({Kind::dense, 0, 0}, 1, false, 8),
                   int4 = one_layer({Kind::dense, 0, 0}, 1, false, 4);
  QuantizedNetwork int2 = int4;
  for (std::int16_t& value : int2.layers[0].high_precision)
    value = static_cast<std::int16_t>(value % 2 - 1);  // -2 .. 0
  QuantizedNetwork int16 = one_layer({Kind::dense, 0, 0}, 1, false, 16);
  QuantizedNetwork mixed = one_layer({Kind::dense, 0, 0}, 1, true, 8);
  QuantizedNetwork irregular = one_layer({Kind::unstructured, 0, 0}, 1, false, 4);
  struct Case {
    const QuantizedNetwork& network;
    std::uint32_t least_bits;  ///< Of an array that runs it as a dense pass.
    WeightFormat format;
  };
  for (const Case& item : {Case{int8, 8, WeightFormat::int8}, Case{int4, 4, WeightFormat::int4},
                           Case{int2, 2, WeightFormat::int2}, Case{int16, 99, {}}, Case{irregular, 99, {}}}) {
    for (const std::uint32_t bits : {0u, 2u, 4u, 8u}) {
      HardwareLimits limits = ample();
      limits.tmac_integer_bits = bits;
      const CompiledNetwork compiled = compile(item.network, limits);
      const image::Header header = compiler::inspect_image(compiled.image).header;
      const bool dense = bits >= item.least_bits;
      EXPECT_EQ(header.dense_jobs.count, dense ? 1u : 0u);
      EXPECT_EQ(header.sparse_jobs.count, dense ? 0u : 1u);
      EXPECT_EQ(header.weight_formats, dense ? 1u << static_cast<std::uint32_t>(item.format) : 0u);
      EXPECT_EQ(compiled.plans[0].dense_macs, dense ? 7u * 45 * 36 : 0u);
      EXPECT_EQ(compiled.plans[0].sparse_macs, dense ? 0u : compiled.plans[0].sparse_macs);
      EXPECT_EQ(compiled.plans[0].values_in_dense_pass, dense);
      RandomNetwork random(bits + 1);
      ASSERT_NO_THROW(expect_equal(compiled, random.input(item.network), Overlap::early_loads));
    }
  }
  HardwareLimits limits = ample();
  limits.tmac_integer_bits = 8;
  const image::Header header = compiler::inspect_image(compile(mixed, limits).image).header;
  EXPECT_EQ(header.weight_formats, 1u << static_cast<std::uint32_t>(WeightFormat::ternary_2bit));
  EXPECT_EQ(header.sparse_jobs.count, 1u);
}

// 45 weights: 9 bytes of five each, 12 with the row's alignment; 45 * 2 bits are 12 bytes too. 288 weights: 58 against 72.
TEST(Compile, TernaryWeightsAreStoredAsThePlatformSays) {
  HardwareLimits limits = ample();
  limits.tmac_base3 = true;
  const CompiledNetwork compiled = compile(one_layer({}, 0, true, 8), limits);
  const std::size_t row = compiled.plans[0].dense_row_offsets[0];
  EXPECT_EQ(compiled.image[row], 242) << "five weights of +1: 2 * (1 + 3 + 9 + 27 + 81)";
  EXPECT_EQ(compiled.plans[0].weight_format, registers::tmac::WeightFormat::ternary_base3);
  EXPECT_DOUBLE_EQ(compiled.plans[0].bits_per_weight, 12 * 8 / 45.0);
}

/// 45 weights per channel, one value at k = 0 and one at k = 20, 8 bits: the gap of 19 zeros takes an entry of 8 + w bits for
/// every 2^w. w = 4: 2 + 1 fillers, 36 bits; w = 5: 2 entries, 26 bits; w = 6: 28; w = 3: 2 + 2, 44; so 5.
TEST(Compile, RelativeGapsHaveTheWidthOfFewestBits) {
  using Kind = compiler::Pattern::Kind;
  QuantizedNetwork network = one_layer({Kind::unstructured, 0, 0}, 1, true, 8);
  auto& values = network.layers[0].high_precision;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 45 == 0 || i % 45 == 20 ? 5 : 0;
  compiler::Mapping mapping;
  mapping.index_format = compiler::Mapping::IndexFormat::relative;
  CompiledNetwork compiled = compile(network, ample(), mapping);
  EXPECT_EQ(compiled.plans[0].index_bits, 5u);
  EXPECT_EQ(compiled.plans[0].sparse_macs, 7u * 2 * 36);
  mapping.index_bits = 3;
  compiled = compile(network, ample(), mapping);
  EXPECT_EQ(compiled.plans[0].index_bits, 3u);
  EXPECT_EQ(compiled.plans[0].sparse_macs, 7u * 4 * 36);
}

TEST(Compile, ImpossibleMappingsNameTheRule) {
  using Kind = compiler::Pattern::Kind;
  using Format = compiler::Mapping::IndexFormat;
  const auto error = [](const QuantizedNetwork& network, const HardwareLimits& limits, Format format) {
    try {
      compiler::Mapping mapping;
      mapping.index_format = format;
      compile(network, limits, mapping);
    } catch (const CompileError& problem) {
      return std::string(problem.what());
    }
    return std::string();
  };
  const QuantizedNetwork irregular = one_layer({Kind::unstructured, 0, 0}, 0.1, true, 16);
  EXPECT_EQ(
      error(irregular, ample(), Format::n_of_m),
      "layer 'only': mapping.index_format n_of_m is impossible: its pattern is no N:M; decompose it to one, or choose "
      "auto");
  HardwareLimits limits = ample();
  limits.index_formats = 0b111;
  EXPECT_EQ(
      error(irregular, limits, Format::bitmap),
      "layer 'only': mapping.index_format bitmap is impossible: spu does not read it; switch spu's parameter for that "
      "format on");
  limits = ample();
  limits.activation_broadcast = true;
  EXPECT_EQ(error(irregular, limits, Format::bitmap),
            "layer 'only': mapping.index_format bitmap is impossible: spu.dataflow activation_broadcast needs relative "
            "indices "
            "by column; choose auto or relative");
  limits = ample();
  limits.fused = true;
  limits.fused_value_bits = 8;
  EXPECT_EQ(error(irregular, limits, Format::automatic),
            "layer 'only': superposition fused, but its values have 16 bits and tmac.fused_value_bits is 8; raise "
            "that, or use "
            "sequential or concurrent");
}

// -- refusals ------------------------------------------------------------------------------------------------------

std::string error_of(const QuantizedNetwork& network, const HardwareLimits& limits) {
  try {
    compile(network, limits);
  } catch (const CompileError& error) {
    return error.what();
  }
  return "";
}

TEST(Compile, KernelsThatAnUnrolledArrayCannotDoAreRefused) {
  using Kind = compiler::Pattern::Kind;
  QuantizedNetwork network = one_layer({Kind::unstructured, 0, 0}, 0.1, true, 16);
  compiler::Window& window = network.layers.front().window;
  HardwareLimits limits = ample();
  limits.unrolled_kernel = std::max(window.kernel_height, window.kernel_width);
  ASSERT_GT(limits.unrolled_kernel, 1u);
  ASSERT_EQ(error_of(network, limits).find("its kernel is"), std::string::npos);
  --limits.unrolled_kernel;
  EXPECT_NE(error_of(network, limits).find("layer 'only': its kernel is"), std::string::npos);
  EXPECT_NE(error_of(network, limits).find("raise tmac.unrolled_kernel"), std::string::npos);
}

TEST(Compile, SaysWhatTheScratchpadLacks) {
  HardwareLimits limits = ample();
  limits.scratchpad_bytes = 400;
  const std::string error = error_of(one_layer({}, 0, true, 8), limits);
  // Double-buffered and rounded up to 64: weights 2 * 64 (one channel: 16 + 12 bytes), input 2 * 64 (45 bytes),
  // output 2 * 64 = 384 ... of which 400 bytes have room, so one pixel of one channel fits.
  EXPECT_EQ(error, "");
  limits.scratchpad_bytes = 383;
  EXPECT_EQ(
      error_of(one_layer({}, 0, true, 8), limits),
      "layer 'only': its smallest tile, one output pixel of one channel, needs 384 bytes of scratchpad (buffers of "
      "45 for input, 32 for weights, 0 for the residual, 1 for output; double-buffered), there are 383; enlarge "
      "scratchpad.size");
}

TEST(Compile, SaysWhatTheAccumulatorsLack) {
  HardwareLimits limits = ample();
  limits.accumulators = 1;
  EXPECT_EQ(error_of(one_layer({}, 0, true, 8), limits),
            "layer 'only': its smallest tile needs 2 accumulators, there are 1; enlarge merge.accumulators");
}

TEST(Compile, SaysWhatTheMemoryLacks) {
  HardwareLimits limits = ample();
  limits.network_memory_bytes = 1000;
  const std::string error = error_of(one_layer({}, 0, true, 8), limits);
  EXPECT_NE(error.find("activations 0, input 180, output 252), there are 1000; enlarge the memory"), std::string::npos)
      << error;
}

TEST(Compile, ProvesThatAccumulatorsCannotOverflow) {
  QuantizedNetwork network;
  Tensor input, output;
  input.channels = 300;
  output.channels = 1;
  network.tensors = {input, output};
  network.output = 1;
  Layer layer;
  layer.name = "wide";
  layer.kind = compiler::LayerKind::fully_connected;
  layer.output = 1;
  layer.value_bits = 16;
  layer.pattern.kind = compiler::Pattern::Kind::dense;
  layer.requantization.assign(1, {0, 1, 0, 8, 0});
  // 257 * 32767 * 255 = 2147385345 <= 2^31 - 1 < 258 * 32767 * 255
  layer.high_precision.assign(300, 0);
  std::fill_n(layer.high_precision.begin(), 257, std::int16_t{32767});
  network.layers = {layer};
  EXPECT_EQ(error_of(network, ample()), "");
  network.layers[0].high_precision[257] = 32767;
  EXPECT_EQ(
      error_of(network, ample()),
      "layer 'wide', output channel 0: the sparse pass can reach 0 to 2155740930, which a 32-bit accumulator cannot "
      "hold; use narrower high-precision values or split the layer's input channels");
}

TEST(Compile, RefusesUnsoundNetworks) {
  const QuantizedNetwork sound = one_layer({compiler::Pattern::Kind::n_of_m, 1, 32}, 0.03, true, 8);
  ASSERT_EQ(error_of(sound, ample()), "");
  const auto broken = [&](auto change) {
    QuantizedNetwork network = sound;
    change(network);
    return error_of(network, ample());
  };
  EXPECT_NE(broken([](auto& n) { n.layers.clear(); }).find("has no layers"), std::string::npos);
  EXPECT_NE(broken([](auto& n) { n.layers[0].ternary[3] = 2; }).find("none of -1, 0 and 1"), std::string::npos);
  EXPECT_NE(broken([](auto& n) { n.layers[0].ternary.pop_back(); }).find("are expected"), std::string::npos);
  EXPECT_NE(broken([](auto& n) {
              n.layers[0].value_bits = 4;
              n.layers[0].high_precision[0] = 100;
            }).find("do not fit 4 bits"),
            std::string::npos);
  EXPECT_NE(broken([](auto& n) {
              n.layers[0].high_precision[0] = n.layers[0].high_precision[1] = 1;
            }).find("do not keep its pattern (1:32)"),
            std::string::npos);
  EXPECT_NE(broken([](auto& n) { n.layers[0].requantization.pop_back(); }).find("6 requantization records"),
            std::string::npos);
  EXPECT_NE(broken([](auto& n) { n.layers[0].clip_high = 128; }).find("its output holds"), std::string::npos);
  EXPECT_NE(broken([](auto& n) { n.layers[0].window.pad_top = 3; }).find("padding must be smaller"), std::string::npos);
  EXPECT_NE(broken([](auto& n) { n.layers[0].window.stride_x = 2; }).find("its window makes 3 of 6"),
            std::string::npos);
  EXPECT_NE(broken([](auto& n) { n.layers[0].input = 1; }).find("no layer before it makes"), std::string::npos);
  EXPECT_NE(broken([](auto& n) { n.layers[0].residual = 0; }).find("does not have the shape"), std::string::npos);
  EXPECT_NE(broken([](auto& n) { n.tensors[0].bits = 5; }).find("must have 2, 4 or 8, or 32 signed"),
            std::string::npos);
}

}  // namespace
}  // namespace terse::testing
