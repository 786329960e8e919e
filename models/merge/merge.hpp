#pragma once
// Module type `merge`: the accumulators, superposition and requantization. A job makes one output tile:
//
//   y = clip(round_half_away((Md * dense + Ms * sparse + Mr * residual + bias) / 2^shift), CLIP_LOW, CLIP_HIGH)
//
// with one record of multipliers, bias and shift per channel, in 64-bit integers. dense and sparse come from the
// accumulators; or dense is a window of activations of the scratchpad (pooling, copy, addition of two tensors).
// Registers: registers.yaml; control block: registers/hwpe.yaml. Arithmetic: docs/numerics.md.
//
// Time of a job. Its steps (models/merge/merge_schedule.hpp) pass through the hardware that merge shares with tmac and
// spu (models/clocked/stream_engine.hpp). Nominal, which is timing level functional:
//   driver       setup_cycles.
//   compute      The tile is done in groups of `output_channels` channels; in a group, one pixel per cycle, and with
//                SOURCE activations one cycle for each position of the window, inside the tile or not:
//                  ceil(channels / output_channels) * pixels * window positions.
//   accumulator_hazard  Both planes are read at once, one word per bank and cycle: where a pixel's channels of a group
//                need ceil(channels of the group / accumulator_banks) cycles, those beyond the pixel's compute cycles.
//   weight_load  The records of one group go through a port of record_bytes_per_cycle into one half of a double buffer
//                while the group before computes: the first load, and what a later one takes longer than that.
//   drain        pipeline_depth, once.
//   activation_fetch, bank_conflict: in `approximate` timing, where the bytes share the scratchpad's bandwidth.
// In `cycle` timing the first records come read_latency later; steps wait for residual and window (activation_fetch) and
// for room in the output FIFO of write_ahead pixels (fifo), and all of these for banks that others have (bank_conflict);
// the job ends when the last output is written: at least pipeline_depth + 1 cycles of drain.
// Bytes read: 16 per channel; one per output with RESIDUAL; one per output and window position inside the tile with
// SOURCE activations. Bytes written: one or four per output.
//
// Outputs are written to the scratchpad at the job's end. Reading accumulators does not clear them.
//
// SATURATION_COUNT counts outputs whose rounded value is above CLIP_HIGH, or below CLIP_LOW where CLIP_LOW is not 0 (at
// 0 it is the ReLU's bound).
//
// Errors (ERR_CODE, ERR_ADDR): illegal_value with the offset of the register that holds a zero size, channel count,
// window or window stride, an unknown pool, a window of more than one position with pool none, output strides that are
// no multiple of the element or make outputs overlap, CLIP_LOW above CLIP_HIGH, or bounds that no signed and no
// unsigned byte holds where outputs are bytes; unaligned_address for records that are no multiple of 8 or word outputs
// no multiple of 4; out_of_range, bus_error from the scratchpad; illegal_encoding with the address of a record whose
// shift is above 62, |bias| above 2^62 or reserved byte not zero; accumulator_range. A job that fails leaves the
// scratchpad untouched.
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/clocked/scratchpad_clock.hpp"
#include "models/hwpe/hwpe_control.hpp"
#include "models/merge/accumulator_memory.hpp"
#include "models/merge/merge_job.hpp"
#include "models/merge/merge_parameters.hpp"
#include "models/ports/arithmetic_fault.hpp"
#include "models/ports/job_memory.hpp"
#include "models/timing/job_time.hpp"

namespace terse {

class Merge : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Merge> registers;
  tlm_utils::simple_initiator_socket<Merge> memory;  ///< The scratchpad, by byte offset.
  /// For tmac and spu; see AccumulatorMemory.
  tlm_utils::multi_passthrough_target_socket<Merge, 32, tlm::tlm_base_protocol_types, 0, sc_core::SC_ZERO_OR_MORE_BOUND>
      accumulators;
  sc_core::sc_out<bool> interrupt;

  Merge(sc_core::sc_module_name name, const MergeParameters& parameters, sc_core::sc_time clock_period);

  void set_observer(JobObserver observer);
  void set_timing(Timing timing) { timing_ = timing; }
  /// Shared with the other users of the scratchpad; must outlive the module. Without it, bandwidth is unlimited.
  void set_bandwidth(ScratchpadBandwidth* bandwidth) { bandwidth_ = bandwidth; }
  /// Needed in timing level cycle, before the first job.
  void set_clock(const ScratchpadClock& clock) { clock_ = clock; }
  /// Flips the bit in the output, after the clip; bits 8 and up of byte outputs have no effect.
  void inject_fault(const ArithmeticFault& fault) { faults_.add(fault); }
  /// An accumulator as it is now; `index` < capacity().
  [[nodiscard]] std::int32_t peek(AccumulatorPlane plane, std::uint32_t index) const { return words_.at(plane, index); }
  /// Accumulators per plane.
  [[nodiscard]] std::uint32_t capacity() const { return words_.capacity(); }
  [[nodiscard]] const HwpeControl& control() const { return control_; }
  [[nodiscard]] HwpeControl& control() { return control_; }

 private:
  void access(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) { control_.access(transaction, delay); }
  unsigned access_debug(tlm::tlm_generic_payload& transaction) { return control_.access_debug(transaction); }
  void forget_scratchpad(sc_dt::uint64 /*first*/, sc_dt::uint64 /*last*/) { scratchpad_.invalidate(); }
  void access_accumulators(int initiator, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay);
  unsigned debug_accumulators(int initiator, tlm::tlm_generic_payload& transaction);
  bool grant_accumulators(int initiator, tlm::tlm_generic_payload& transaction, tlm::tlm_dmi& dmi);

  void run();
  void run_job(const HwpeJob& programmed);
  bool pass_time(const MergeJob& job);
  void load_records(const MergeJob& job);
  /// The tile's outputs, faults included, [pixel][channel]. Returns the number of saturated ones.
  std::uint64_t compute(const MergeJob& job);
  /// The windows' results and the residuals, [pixel][channel].
  const std::int32_t* pool(const MergeJob& job);
  const std::int32_t* load_residual(const MergeJob& job);
  void write_outputs(const MergeJob& job);

  MergeParameters parameters_;
  HwpeControl control_;
  AccumulatorMemory words_;
  JobMemory scratchpad_;
  Timing timing_ = Timing::functional;
  ScratchpadBandwidth* bandwidth_ = nullptr;
  ScratchpadClock clock_;
  ArithmeticFaults faults_;
  // Kept from job to job for their memory only.
  std::vector<RequantizationRecord> records_;
  std::vector<std::int32_t> windows_, residuals_, results_;
  std::vector<std::uint8_t> record_buffer_, activation_buffer_, output_buffer_;
};

}  // namespace terse
