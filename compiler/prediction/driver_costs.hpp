#pragma once
// Cycles the driver spends on the core for what it does. Measured on the reference platform (cv32e40p timing, L2 of one
// cycle) from an instruction trace of `terse run scenarios/fashion.yaml --set run.timing=cycle --trace FILE`: the time from
// one access of a device to the next (docs/compiler.md, Prediction). They hold for the driver as it is built here; the test of
// the shipped networks (tests/platform/prediction_test.cpp) fails when they do not any more.
#include <cstdint>

namespace terse::compiler {

struct DriverCosts {
  std::uint32_t interrupt = 197;    ///< From the trap to mret.
  std::uint32_t step = 75;          ///< From mret to the first unit that is asked.
  std::uint32_t service = 34;       ///< A unit with events: FINISHED_JOBS.
  std::uint32_t progress = 150;     ///< From there to the tiles, if a job has finished.
  std::uint32_t visit = 40;         ///< A tile under way that is looked at.
  std::uint32_t idle = 150;         ///< More, if nothing could be dispatched.
  std::uint32_t sleep = 175;        ///< From the last thing done to wfi.
  std::uint32_t layer_end = 110;    ///< From the last tile's end to the mark in testdev ...
  std::uint32_t layer_mark = 22;    ///< ... on to the next layer's mark ...
  std::uint32_t layer_begin = 156;  ///< ... and on to its first tile.
  std::uint32_t tile_begin = 142;   ///< From the decision to start a tile to its first job.
  // A job dispatched.
  std::uint32_t load = 177, early_load = 237, store = 153, dense = 233, sparse = 210, fused = 330, merge = 260;
  std::uint32_t inference_begin = 15, inference_end = 390;
  // Words of the image that are read for each; where they lie in DRAM each word costs `far_word` more.
  std::uint32_t tile_words = 7, transfer_words = 15, dense_words = 15, sparse_words = 19, merge_words = 21;
  std::uint32_t far_word = 22;
};

}  // namespace terse::compiler
