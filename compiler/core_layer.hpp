#pragma once
// A layer of the core -> its job in the image.
#include "compiler/image_writer.hpp"
#include "compiler/memory_plan.hpp"
#include "compiler/quantized_network.hpp"

namespace terse::compiler {

/// Appends the layer, whose soundness check_core_layer() has seen to.
void add_core_layer(const QuantizedNetwork& network, const Layer& layer, const MemoryPlan& memory, ImageWriter& writer);

/// Work of the core: elements, or products, that an inference takes.
std::uint64_t core_work(const QuantizedNetwork& network, const Layer& layer);

/// "table", "concat" and so on.
const char* core_operation_name(const CoreOperation& operation);

}  // namespace terse::compiler
