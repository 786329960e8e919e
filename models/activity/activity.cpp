#include "models/activity/activity.hpp"

namespace terse {
namespace {

constexpr ActionPass dense = ActionPass::dense, sparse = ActionPass::sparse, merge = ActionPass::merge,
                     dma = ActionPass::dma;

constexpr std::array<ActionDescription, action_count> descriptions = {{
    {"dense_mac_ternary", dense, "MACs", "Ternary weight other than zero, activation inside the tile."},
    {"dense_mac_int2", dense, "MACs", "The same with a 2-bit weight."},
    {"dense_mac_int4", dense, "MACs", "The same with a 4-bit weight."},
    {"dense_mac_int8", dense, "MACs", "The same with an 8-bit weight."},
    {"dense_gated_ternary", dense, "MACs", "Ternary weight of zero, or padding: the adder sees no change."},
    {"dense_gated_int2", dense, "MACs", "The same with a 2-bit weight."},
    {"dense_gated_int4", dense, "MACs", "The same with a 4-bit weight."},
    {"dense_gated_int8", dense, "MACs", "The same with an 8-bit weight."},
    {"dense_sum_update", dense, "sums", "The sum of an output channel and pixel takes in one step's tree."},
    {"dense_activation_bits", dense, "bits", "Activations latched and sent to all output channels of the array."},
    {"dense_weight_write_bits", dense, "bits", "Weights written to the weight buffer."},
    {"dense_weight_read_bits", dense, "bits", "Weights read from the weight buffer."},
    {"dense_trit_decode", dense, "trits", "Trits taken out of base-3 bytes."},
    {"dense_stream_bytes", dense, "bytes", "Weights read from the scratchpad, in whole words."},
    {"dense_fetch_bytes", dense, "bytes", "Activations read from the scratchpad."},
    {"dense_fetches", dense, "accesses", "Contiguous pieces in which they are read; each takes a word at least."},
    {"dense_accumulator_reads", dense, "words", "Accumulators read to be added to."},
    {"dense_accumulator_writes", dense, "words", "Sums written to the accumulators."},
    {"sparse_mac_4", sparse, "MACs", "4-bit value other than zero, activation inside the tile."},
    {"sparse_mac_8", sparse, "MACs", "The same with an 8-bit value."},
    {"sparse_mac_16", sparse, "MACs", "The same with a 16-bit value."},
    {"sparse_gated", sparse, "MACs", "Stored value of zero (unused slot, padding of an index), or padding."},
    {"sparse_zero_activation", sparse, "MACs", "Left out because the activation is zero."},
    {"sparse_sum_update", sparse, "sums", "A lane's sum takes in a product."},
    {"sparse_index_decode", sparse, "indices", "An index turned into an address or a selection."},
    {"sparse_gather", sparse, "accesses",
     "A lane's own activation fetched: a scratchpad word and its way to the lane."},
    {"sparse_fetch_bytes", sparse, "bytes", "Activations read from the scratchpad for all lanes together."},
    {"sparse_fetches", sparse, "accesses", "Contiguous pieces in which they are read; each takes a word at least."},
    {"sparse_broadcast_bits", sparse, "bits", "Activations of those sent to all lanes."},
    {"sparse_select", sparse, "selections", "An activation picked from those at the array's inputs (fused)."},
    {"sparse_queue_push", sparse, "entries", "An activation written to a lane's queue."},
    {"sparse_queue_pop", sparse, "entries", "An activation read from a lane's queue."},
    {"sparse_weight_write_bits", sparse, "bits", "Values and indices written to the buffer."},
    {"sparse_weight_read_bits", sparse, "bits", "Values and indices read from the buffer."},
    {"sparse_local_write_bits", sparse, "bits", "Values, indices, pointers written to the lanes' own memories."},
    {"sparse_local_read_bits", sparse, "bits", "Values, indices, pointers read from the lanes' own memories."},
    {"sparse_stream_bytes", sparse, "bytes", "Values, indices, row pointers read from the scratchpad, in whole words."},
    {"sparse_accumulator_reads", sparse, "words", "Accumulators read to be added to."},
    {"sparse_accumulator_writes", sparse, "words", "Sums written to the accumulators."},
    {"merge_accumulator_reads", merge, "words", "Accumulators read, both planes counted."},
    {"merge_requantize", merge, "outputs", "Two multiplications, additions, shift and clip."},
    {"merge_residual", merge, "outputs", "A residual multiplied and added."},
    {"merge_pool", merge, "operations", "A comparison or addition of pooling."},
    {"merge_stream_bytes", merge, "bytes", "Requantization records read from the scratchpad, in whole words."},
    {"merge_fetch_bytes", merge, "bytes", "Activations and residuals read from the scratchpad."},
    {"merge_fetches", merge, "accesses", "Contiguous pieces in which they are read; each takes a word at least."},
    {"merge_write_bytes", merge, "bytes", "Outputs written to the scratchpad."},
    {"merge_writes", merge, "accesses", "Contiguous pieces in which they are written; each takes a word at least."},
    {"dma_beats", dma, "beats", "Cycles of the data path, bus_bytes wide."},
    {"dma_bursts", dma, "bursts", "Requests, each with its address and buffer."},
    {"dma_scratchpad_read_bytes", dma, "bytes", "Read from the scratchpad."},
    {"dma_scratchpad_write_bytes", dma, "bytes", "Written to the scratchpad."},
    {"dma_memory_read_bytes", dma, "bytes", "Read from the memories on the bus."},
    {"dma_memory_write_bytes", dma, "bytes", "Written to the memories on the bus."},
}};

}  // namespace

const ActionDescription& description(Action action) {
  return descriptions[static_cast<std::size_t>(action)];
}

Activity& Activity::operator+=(const Activity& other) {
  for (std::size_t i = 0; i < action_count; ++i) counts_[i] += other.counts_[i];
  return *this;
}

}  // namespace terse
