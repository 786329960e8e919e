#pragma once
// The network image: what the compiler writes and the driver executes. Freestanding, little-endian, every structure
// a multiple of 4 bytes and 4-byte aligned; jobs are the units' job registers verbatim.
//
//   Header | Layer[] | Tile[] | Transfer[] | tmac Job[] | spu Job[] | merge Job[] | CoreJob[] | CoreOperand[] |
//   names (zero-terminated) | data
//
// Execution rule (what the driver may overlap, and the compiler may rely on):
//   - Layers run in order; a layer's loads, passes and merges start after all merges and stores of the layer before it.
//     But the first Layer::early_loads loads of its first tile, which read the image only, may run from the moment the
//     loads of the last tile of the layer before are done: nothing of that layer uses the scratchpad where they write.
//   - The scratchpad keeps its contents from layer to layer: what a layer's merges write there and no load or merge
//     overwrites may be read, as input or residual, by any later layer of the same inference.
//   - Within a layer, tile t's loads may run while tile t-1 computes, but only after tile t-2 is finished (its merge
//   and
//     its stores are done). So tiles t and t-1 never share a scratchpad buffer or accumulators unless both only read
//     it; t and t-2 may.
//   - A tile's passes start when its own loads and those of all earlier tiles of its layer are done.
//   - Within a tile: all loads, then the dense and the sparse job (one after the other in mode sequential, at the same
//     time in mode concurrent, as one job of tmac in mode fused: then both have the same geometry, input, accumulators
//     and modes), then the merge job, then all stores.
//   - A layer of kind core has no tiles but one job, which the core does, memory to memory.
#include <cstdint>

#include "formats/core_job.hpp"
#include "registers/generated/dma.hpp"
#include "registers/generated/merge.hpp"
#include "registers/generated/spu.hpp"
#include "registers/generated/tmac.hpp"

namespace terse::image {

inline constexpr std::uint32_t magic = 0x4E535254;  // "TRSN"
inline constexpr std::uint32_t version = 3;
inline constexpr std::uint32_t none = 0xFFFFFFFF;

/// `count` records from byte `offset` of the image on.
struct Section {
  std::uint32_t offset;
  std::uint32_t count;
};

struct Header {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t size;   ///< Bytes of the whole image.
  std::uint32_t crc32;  ///< IEEE 802.3 CRC-32 of the whole image with this field as zero.
  Section layers;
  Section tiles;
  Section transfers;
  Section dense_jobs;
  Section sparse_jobs;
  Section merge_jobs;
  Section core_jobs;
  Section core_operands;
  Section names;              ///< Bytes.
  Section data;               ///< Bytes: weights, values, indices, requantization records.
  std::uint32_t input_size;   ///< Bytes per inference.
  std::uint32_t output_size;  ///< Bytes per inference.
  std::uint32_t output_elements;
  std::uint32_t output_words;  ///< 1: outputs are int32, 0: bytes.
  // Least hardware this image runs on; the driver compares with the capability blocks.
  std::uint32_t arena_size;       ///< Bytes of activation memory.
  std::uint32_t scratchpad_size;  ///< Bytes used.
  std::uint32_t accumulators;     ///< Per plane.
  std::uint32_t index_formats;    ///< Bit f set: spu index_format f is used.
  std::uint32_t value_bits;       ///< Bit b set: spu values of b bits are used (bits 4, 8, 16).
  std::uint32_t weight_formats;   ///< Bit f set: tmac weight_format f is used.
  std::uint32_t spu_lanes;        ///< relative_columns is used, made for a spu of so many lanes; 0: it is not.
};

enum class LayerKind : std::uint32_t { convolution = 0, fully_connected = 1, pool = 2, add = 3, core = 4 };

struct Layer {
  std::uint32_t name;  ///< Byte offset within names.
  LayerKind kind;
  std::uint32_t first_tile;
  std::uint32_t tile_count;
  std::uint32_t core_job;     ///< Index, or none: of kind core.
  std::uint32_t early_loads;  ///< Of the first tile: see the execution rule. 0 for the first layer.
};

/// Bytes of records (everything before the names) that `infer` copies to memory near the core.
inline constexpr std::uint32_t near_record_bytes = 48 * 1024;

struct Tile {
  std::uint32_t first_load;  ///< Index of the first transfer to the scratchpad.
  std::uint32_t load_count;
  std::uint32_t first_store;
  std::uint32_t store_count;
  std::uint32_t dense_job;   ///< Index, or none.
  std::uint32_t sparse_job;  ///< Index, or none.
  std::uint32_t merge_job;   ///< Index; every tile has one.
};

/// What a transfer's address is relative to.
enum class Region : std::uint32_t {
  image = 0,       ///< Start of the image.
  arena = 1,       ///< Start of the activation memory.
  input = 2,       ///< This inference's input.
  output = 3,      ///< This inference's output.
  scratchpad = 4,  ///< Start of the scratchpad.
};

struct Transfer {
  Region source;
  Region destination;
  registers::dma::Job job;  ///< SOURCE and DESTINATION relative to their regions; NEXT is 0.
};

}  // namespace terse::image
