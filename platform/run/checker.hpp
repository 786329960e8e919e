#pragma once
// Compares everything the accelerator produces with the golden reference: each tile's outputs in the scratchpad when
// its merge job ends, each layer's whole output, in memory or where it stays in the scratchpad, when the driver says the layer is done. Only the first
// mismatch is described; all are counted.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/reference/reference.hpp"
#include "platform/run/result.hpp"

namespace terse::run {

/// How the checker looks into the platform.
struct Inspection {
  /// Scratchpad contents.
  std::span<const std::uint8_t> scratchpad;
  /// An accumulator: plane 0 dense, 1 sparse.
  std::function<std::int32_t(unsigned plane, std::uint32_t index)> accumulator;
  /// `length` bytes of a layer's whole output, wherever the compiler has put it.
  std::function<std::vector<std::uint8_t>(compiler::LayerPlan::OutputPlace place, std::uint32_t inference,
                                          std::uint32_t offset, std::size_t length)>
      memory;
};

class Checker {
 public:
  /// `inputs`: one network input after the other. All references must outlive the checker.
  Checker(const compiler::CompiledNetwork& compiled, std::span<const std::uint8_t> inputs, Inspection inspection);

  void inference_begin(std::uint32_t inference);
  void merge_done(std::uint32_t tag);
  void layer_done(std::uint32_t layer);

  [[nodiscard]] const std::optional<Mismatch>& first_mismatch() const { return first_; }
  [[nodiscard]] std::uint64_t mismatches() const { return mismatches_; }
  [[nodiscard]] std::uint64_t checked_outputs() const { return checked_; }
  /// Layers of all inferences that were checked completely; inferences x layers when nothing was left out.
  [[nodiscard]] std::uint64_t checked_layers() const { return checked_layers_; }
  /// Golden network output of the running inference.
  [[nodiscard]] const std::vector<std::int32_t>& golden_output() const;

 private:
  void report(std::uint32_t layer, std::uint32_t tile, std::uint32_t row, std::uint32_t column, std::uint32_t channel,
              std::int64_t expected, std::int64_t found, const char* pass);
  [[nodiscard]] const char* guilty_pass(std::uint32_t layer, const compiler::TileRectangle& tile, std::uint32_t row,
                                        std::uint32_t column, std::uint32_t channel) const;

  /// What a layer's whole output is in memory.
  [[nodiscard]] const std::vector<std::uint8_t>& golden_bytes(std::uint32_t layer) const {
    return golden_bytes_[compiled_.network.layers[layer].output];
  }

  const compiler::CompiledNetwork& compiled_;
  reference::Evaluator evaluator_;
  std::span<const std::uint8_t> inputs_;
  Inspection inspection_;
  std::uint32_t inference_ = 0;
  reference::Activations golden_;
  std::vector<std::vector<std::uint8_t>> golden_bytes_;  ///< The same as they lie in memory, to compare whole pixels.
  std::optional<Mismatch> first_;
  std::uint64_t mismatches_ = 0;
  std::uint64_t checked_ = 0;
  std::uint64_t checked_layers_ = 0;
};

}  // namespace terse::run
