#pragma once
// From an ONNX file to a network image for one platform.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "compiler/prediction/hardware_timing.hpp"
#include "compiler/quantized_network.hpp"
#include "registers/generated/spu.hpp"
#include "registers/generated/tmac.hpp"

namespace terse::compiler {

/// What the compiler must know of the hardware; filled from the platform's parameters.
struct HardwareLimits {
  std::uint64_t scratchpad_bytes = 0;
  std::uint32_t accumulators = 0;  ///< Per plane.
  std::uint32_t tmac_output_channels = 1, tmac_input_channels = 1, tmac_pixels = 1;
  std::uint32_t spu_lanes = 1;
  std::uint64_t network_memory_bytes = 0;  ///< Room for image, activations, inputs and outputs.
  std::uint32_t activation_bits = 8;       ///< Widest activation that both tmac and spu take.
  std::uint32_t tmac_integer_bits = 0;     ///< Widest integer weight that tmac multiplies; 0: ternary weights only.
  bool tmac_base3 = false;                 ///< Ternary weights are to be stored five in a byte.
  std::uint32_t index_formats = 0x1F;      ///< Bit f set: spu reads index_format f.
  bool activation_broadcast = false;       ///< spu's dataflow, which reads relative_columns and dense only.
  bool fused = false;                      ///< Layers with both passes run on tmac's fused lanes alone, which read ...
  std::uint32_t fused_value_bits = 16;     ///< ... values of so many bits.
  std::uint32_t unrolled_kernel = 0;       ///< Largest kernel side of an array with an unrolled kernel; 0: any.
  std::uint64_t weight_bytes = 0;          ///< Largest block of weights with its records; 0: any.
  HardwareTiming timing{};                 ///< For the prediction of cycles, which the tiler goes by.
};

/// A layer or a network that cannot be compiled, or a file that cannot be read; the message names file, node and mend.
class CompileError : public std::exception {
 public:
  explicit CompileError(std::string message) : message_(std::move(message)) {}
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

/// Re-decomposition of layers whose file has plain (float or int8) weights, or of mixed ones on request.
/// kind none with `decompose` false: taken as it stands in the file.
struct DecompositionOptions {
  /// What makes a weight worth high precision: what the ternary part would get wrong of it; its size; the error weighed
  /// with the mean square of the activation it multiplies; or chance.
  enum class Criterion { residual_error, magnitude, activation_weighted, random };
  /// What is chosen as a whole, where the pattern is unstructured: single weights; as many weights in each output
  /// channel; blocks of output channels x consecutive k; one kernel position of all filters; an input channel; a filter.
  enum class Placement { free, row_balanced, block, kernel_tap, input_channel, whole_filter };
  /// Whether a high-precision weight takes the place of its ternary one or corrects it.
  enum class Composition { replace, residual };

  bool decompose = false;
  double density = 1.0 / 32;  ///< Fraction of high-precision weights, 0 to 1.
  Pattern::Kind pattern = Pattern::Kind::n_of_m;
  std::uint32_t n = 1, m = 32;
  std::uint32_t value_bits = 8;
  bool first_and_last = false;  ///< Also split the first and the last layer.
  Criterion criterion = Criterion::residual_error;
  Placement placement = Placement::free;
  std::uint32_t block_rows = 4, block_columns = 4;  ///< Of placement block.
  Composition composition = Composition::replace;
  std::uint64_t seed = 1;  ///< Of criterion random.
};

/// Options for the layers whose name matches, in place of the network's.
struct LayerDecomposition {
  std::string layers;  ///< A pattern of the shell: * and ? stand for any text and any character.
  DecompositionOptions options;
};

struct CompileOptions {
  DecompositionOptions decomposition;
  std::vector<LayerDecomposition> layer_decompositions;  ///< The last one that matches counts.
};

/// How a layer is cut, and how its high-precision weights are laid out for spu, where the layer leaves a choice.
struct LayerMapping {
  /// automatic: n_of_m for layers of that pattern, else absolute. Layers of pattern dense are stored densely always.
  enum class IndexFormat { automatic, absolute, relative, bitmap, n_of_m };
  /// interleaved: row o belongs to lane o mod lanes. balanced: rows sorted so that lanes have nearly equal work.
  enum class LaneAssignment { interleaved, balanced };

  IndexFormat index_format = IndexFormat::automatic;
  std::uint32_t index_bits = 0;  ///< Width of relative gaps, 1 to 8; 0: the width of fewest bits for each layer.
  LaneAssignment lane_assignment = LaneAssignment::interleaved;
  /// Output rows, columns and channels of a tile, at most the layer's; 0: the compiler's choice.
  std::uint32_t tile_rows = 0, tile_columns = 0, tile_channels = 0;
};

/// That of all layers, but for those with one of their own.
struct Mapping : LayerMapping {
  std::map<std::string, LayerMapping> layers;  ///< By layer name.
  bool keep_activations = true;                ///< Tensors may stay in the scratchpad between layers.
  bool early_weights = true;                   ///< A layer's first weights may be loaded during the layer before.
  // Less than the hardware has; 0: all of it.
  std::uint64_t scratchpad_bytes = 0;
  std::uint32_t accumulators = 0;
  std::uint64_t weight_bytes = 0;  ///< Of a block of weights with its records.
};

struct TileShape {
  std::uint32_t rows = 1, columns = 1, channels = 1;  ///< Of a full tile; those at the far edges may be smaller.
};

/// Cycles of a layer in timing level cycle, as the compiler expects them (docs/compiler.md, Prediction).
struct LayerPrediction {
  std::uint64_t cycles = 0;                                 ///< From the layer's begin to its end.
  std::uint64_t dense = 0, sparse = 0, merge = 0, dma = 0;  ///< Sums of the jobs of each unit.
  std::uint64_t driver = 0;                                 ///< In which the core is awake.
  std::string bound;                                        ///< What the layer waits for most.
};

/// The part of a layer's output that one tile makes.
struct TileRectangle {
  std::uint32_t row = 0, column = 0, channel = 0;                ///< First.
  std::uint32_t rows = 0, columns = 0, channels = 0;             ///< Count.
  std::uint32_t accumulator_base = 0;                            ///< First accumulator of the tile, in both planes.
  std::uint32_t output_address = 0;                              ///< Scratchpad byte offset of the tile's output ...
  std::uint32_t output_row_stride = 0, output_pixel_stride = 0;  ///< ... and its strides in bytes.
};

/// What the compiler decided for a layer; parallel to QuantizedNetwork::layers. Tile t of layer l has TAG l << 16 | t.
struct LayerPlan {
  std::vector<TileRectangle> tiles;
  std::uint64_t dense_macs = 0;  ///< Per inference, multiplications of the dense pass (zeros included).
  std::uint64_t group_zero_macs =
      0;                          ///< Per inference, the dense pass's products with zeros outside a channel's group.
  std::uint64_t sparse_macs = 0;  ///< Per inference, multiplications by a stored value, fillers included.
  std::uint64_t core_work =
      0;  ///< Per inference, of a layer on the core: output elements, or products of a matrix product.
  std::uint64_t weight_bytes = 0;    ///< Packed: ternary + values + indices + requantization records.
  std::uint64_t transfer_bytes = 0;  ///< Per inference, moved by the DMA in either direction.
  double bits_per_weight = 0;        ///< Packed, without requantization records.
  double density = 0;                ///< High-precision weights over all weights.
  double weight_error = 0;           ///< Relative L2 error against the file's weights (0: taken as it stands).
  /// Where the whole output tensor (rows x columns x channels, without gaps) is when the layer is done.
  enum class OutputPlace { arena, output, scratchpad };
  OutputPlace output_place = OutputPlace::arena;
  std::uint32_t output_offset = 0;  ///< Byte offset in the arena, the inference's output, or the scratchpad.
  // Byte offsets within the image of the packed weights of output channel o of the whole layer, for fault injection.
  std::vector<std::uint32_t> dense_row_offsets, sparse_row_offsets;
  registers::tmac::WeightFormat weight_format = registers::tmac::WeightFormat::ternary_2bit;
  registers::spu::IndexFormat index_format = registers::spu::IndexFormat::dense;
  std::uint32_t index_bits = 0;                  ///< relative, relative_columns: width of a gap.
  std::vector<std::uint64_t> sparse_row_values;  ///< Per output channel, values stored from its row offset on.
  bool values_in_dense_pass = false;             ///< All weights are high precision and run on tmac, see WeightPacker.
  TileShape tile;                                ///< Of a full tile.
  double input_loads = 0;          ///< How often each byte of the input is loaded, halos included; 0: it is
                                   ///< in the scratchpad.
  bool weights_are_early = false;  ///< The first block's are loaded while the layer before computes.
  LayerPrediction prediction;
};

struct CompiledNetwork {
  QuantizedNetwork network;
  std::vector<LayerPlan> plans;
  std::vector<std::uint8_t> image;     ///< formats/network_image.hpp
  std::uint64_t predicted_cycles = 0;  ///< Of an inference, from its begin mark to its end mark.
};

/// Reads ONNX (see docs/compiler.md for the accepted graphs), folds batch normalization, decomposes, requantizes.
QuantizedNetwork import_onnx(const std::filesystem::path& file, const CompileOptions& options);
/// Tiles, packs and plans memory. Throws CompileError when the network does not fit.
CompiledNetwork compile(QuantizedNetwork network, const HardwareLimits& limits, const Mapping& mapping = {});
/// A table per layer of what was decided, for people.
std::string explain(const CompiledNetwork& compiled);
/// A table per layer of its tiles, how often operands are loaded, and the cycles that are expected of each unit.
std::string explain_mapping(const CompiledNetwork& compiled);

}  // namespace terse::compiler
