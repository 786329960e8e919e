#include "models/merge/merge_activity.hpp"

namespace terse {

Activity merge_activity(const MergeJob& job, const MergeParameters& parameters) {
  const convolution::Shape& shape = job.shape;
  const std::uint64_t outputs = shape.outputs();
  const std::uint64_t groups = (shape.output_channels + parameters.output_channels - 1) / parameters.output_channels;
  Activity activity;
  activity[Action::merge_accumulator_reads] = outputs * ((job.dense_plane ? 1u : 0u) + (job.sparse_plane ? 1u : 0u));
  activity[Action::merge_requantize] = outputs;
  activity[Action::merge_stream_bytes] = RequantizationRecord::bytes * shape.output_channels;
  if (job.activations) {
    const std::uint64_t positions = shape.positions_inside();
    activity[Action::merge_pool] = positions * shape.output_channels;
    activity[Action::merge_fetch_bytes] += positions * shape.output_channels;
    activity[Action::merge_fetches] += positions * groups;
  }
  if (job.residual) {
    activity[Action::merge_residual] = outputs;
    activity[Action::merge_fetch_bytes] += outputs;
    activity[Action::merge_fetches] += shape.pixels() * groups;
  }
  activity[Action::merge_write_bytes] = outputs * job.output_bytes;
  activity[Action::merge_writes] = shape.pixels() * groups;
  return activity;
}

}  // namespace terse
