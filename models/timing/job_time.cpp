#include "models/timing/job_time.hpp"

#include <algorithm>
#include <cmath>

namespace terse {
namespace {

/// The share of piece `piece` of `total` in streaming_pieces pieces that add up to `total`.
std::uint64_t share(std::uint64_t total, std::uint64_t piece) {
  return total * (piece + 1) / streaming_pieces - total * piece / streaming_pieces;
}

/// Books cycles if there are any: a wait of zero cycles would still cost the host a process switch.
bool book(HwpeControl& control, Cause cause, std::uint64_t cycles) {
  return cycles == 0 || control.spend(cause, cycles);
}

bool stream_piece(HwpeControl& control, const JobTime& time, const ScratchpadBandwidth& bandwidth,
                  std::uint64_t piece) {
  const JobTime part{.weight_load = share(time.weight_load, piece),
                     .index_decode = share(time.index_decode, piece),
                     .compute = share(time.compute, piece),
                     .activation_fetch = share(time.activation_fetch, piece),
                     .lane_imbalance = share(time.lane_imbalance, piece),
                     .fifo = share(time.fifo, piece),
                     .accumulator_hazard = share(time.accumulator_hazard, piece)};
  const BandwidthStalls stalls =
      bandwidth_stalls(part.streaming(), share(time.bytes, piece), bandwidth.bytes_per_cycle(), bandwidth.users());
  return book(control, Cause::weight_load, part.weight_load) && book(control, Cause::index_decode, part.index_decode) &&
         book(control, Cause::compute, part.compute) &&
         book(control, Cause::activation_fetch, part.activation_fetch + stalls.activation_fetch) &&
         book(control, Cause::bank_conflict, stalls.bank_conflict) &&
         book(control, Cause::lane_imbalance, part.lane_imbalance) && book(control, Cause::fifo, part.fifo) &&
         book(control, Cause::accumulator_hazard, part.accumulator_hazard);
}

}  // namespace

BandwidthStalls bandwidth_stalls(std::uint64_t cycles, std::uint64_t bytes, double bytes_per_cycle,
                                 std::uint32_t users) {
  const double fetch = static_cast<double>(bytes) / bytes_per_cycle;
  const std::uint64_t alone = std::max(cycles, static_cast<std::uint64_t>(std::ceil(fetch)));
  const std::uint64_t shared = std::max(cycles, static_cast<std::uint64_t>(std::ceil(fetch * std::max(users, 1u))));
  return {alone - cycles, shared - alone};
}

bool spend(HwpeControl& control, const JobTime& time, Timing timing, ScratchpadBandwidth* bandwidth) {
  if (timing != Timing::approximate || bandwidth == nullptr) {
    return book(control, Cause::driver, time.setup) && book(control, Cause::weight_load, time.weight_load) &&
           book(control, Cause::index_decode, time.index_decode) && book(control, Cause::compute, time.compute) &&
           book(control, Cause::activation_fetch, time.activation_fetch) &&
           book(control, Cause::lane_imbalance, time.lane_imbalance) && book(control, Cause::fifo, time.fifo) &&
           book(control, Cause::accumulator_hazard, time.accumulator_hazard) && book(control, Cause::drain, time.drain);
  }
  const ScratchpadBandwidth::Use use(bandwidth);
  if (!book(control, Cause::driver, time.setup)) return false;
  for (std::uint64_t piece = 0; piece < streaming_pieces; ++piece) {
    if (!stream_piece(control, time, *bandwidth, piece)) return false;
  }
  return book(control, Cause::drain, time.drain);
}

}  // namespace terse
