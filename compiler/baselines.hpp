#pragma once
// The same network as other machines would run it, to compare cycles and energy with; accuracy is not claimed for either.
#include "compiler/quantized_network.hpp"

namespace terse::compiler {

/// Whether some layer has both ternary and high-precision weights.
[[nodiscard]] bool has_mixed_layers(const QuantizedNetwork& network);

/// Without a high-precision part: mixed layers keep their ternary weights, layers that are all high precision become
/// ternary, per output channel, by the rule of TWN (Li 2016): |v| > 0.7 * mean |v| keeps its sign, scaled by the mean of
/// those. Throws CompileError when a scale cannot be stated.
[[nodiscard]] QuantizedNetwork all_ternary(QuantizedNetwork network);

/// All weights in one integer part of `bits` (4 or 8): a mixed layer's superposition is added up and rounded with one
/// scale per output channel. Throws as above.
[[nodiscard]] QuantizedNetwork all_integers(QuantizedNetwork network, std::uint32_t bits);

}  // namespace terse::compiler
