#include "models/spu/spu_activity.hpp"

namespace terse {
namespace {

std::uint64_t bits_read(const SpuWork& work, const SpuTraffic& traffic) {
  const std::uint64_t stored = work.stored_values();
  return stored == 0 ? 0 : work.stored_bits() * traffic.values_read / stored;
}

}  // namespace

Activity spu_activity(const SpuWork& work, const SpuCost& cost, bool accumulate) {
  const SpuTraffic& traffic = cost.traffic;
  const std::uint64_t products = cost.effective - traffic.skipped;
  Activity activity;
  activity[sparse_mac(work.format.value_bits)] = products;
  activity[Action::sparse_gated] = traffic.slots - products;
  activity[Action::sparse_zero_activation] = traffic.skipped;
  activity[Action::sparse_sum_update] = products;
  activity[Action::sparse_gather] = traffic.gathers;
  activity[Action::sparse_fetch_bytes] = traffic.fetch_bytes;
  activity[Action::sparse_fetches] = traffic.fetches;
  activity[Action::sparse_broadcast_bits] = traffic.broadcasts * work.parameters->activation_bits;
  activity[Action::sparse_queue_push] = activity[Action::sparse_queue_pop] = traffic.queue_entries;
  if (work.decodes_indices()) activity[Action::sparse_index_decode] = traffic.values_read;
  if (traffic.local) {
    const std::uint64_t pointer_bits = work.format.wide_pointers ? 32 : 16;
    activity[Action::sparse_local_write_bits] = 8 * cost.weight_bytes;
    activity[Action::sparse_local_read_bits] = bits_read(work, traffic) + traffic.column_pointers * pointer_bits;
  } else {
    activity[Action::sparse_weight_write_bits] = 8 * cost.weight_bytes;
    activity[Action::sparse_weight_read_bits] = bits_read(work, traffic);
  }
  activity[Action::sparse_stream_bytes] = cost.weight_bytes;
  activity[Action::sparse_accumulator_reads] = traffic.accumulator_reads + (accumulate ? work.shape.outputs() : 0);
  activity[Action::sparse_accumulator_writes] = traffic.accumulator_writes;
  return activity;
}

}  // namespace terse
