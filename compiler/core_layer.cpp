#include "compiler/core_layer.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "compiler/core_parameters.hpp"

namespace terse::compiler {

namespace {

using Bytes = std::vector<std::uint8_t>;

template <typename Record>
void append(Bytes& bytes, const Record& record) {
  static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % 4 == 0);
  bytes.resize(bytes.size() + sizeof(Record));
  std::memcpy(bytes.data() + bytes.size() - sizeof(Record), &record, sizeof(Record));
}

image::CoreOperand operand_of(const Tensor& tensor, const TensorPlace& place) {
  return {place.region,
          place.offset,
          tensor.height,
          tensor.width,
          tensor.channels,
          tensor.element_bytes(),
          tensor.is_signed ? 1u : 0u,
          tensor.zero_point};
}

/// With as few dimensions as say the same, the innermost ones last: so that contiguous runs are seen as such.
image::CoreBlock joined(const RearrangeOperation::Block& block) {
  image::CoreBlock result{block.operand, block.source, block.destination, {1, 1, 1, 1, 1}, {}, {}};
  std::size_t at = 5;  // one past the outermost dimension so far
  for (std::size_t d = 5; d-- > 0;) {
    if (block.extents[d] == 1) continue;
    const auto extends = [&](const std::int32_t(&strides)[5], std::int32_t stride) {
      return std::int64_t{stride} == std::int64_t{strides[at]} * result.extents[at];
    };
    if (at < 5 && extends(result.source_strides, block.source_strides[d]) &&
        extends(result.destination_strides, block.destination_strides[d])) {
      result.extents[at] *= block.extents[d];
      continue;
    }
    --at;
    result.extents[at] = block.extents[d];
    result.source_strides[at] = block.source_strides[d];
    result.destination_strides[at] = block.destination_strides[d];
  }
  if (at == 5) result.source_strides[4] = result.destination_strides[4] = 1;  // a single element
  return result;
}

std::uint64_t elements_of(const RearrangeOperation::Block& block) {
  std::uint64_t elements = 1;
  for (const std::uint32_t extent : block.extents) elements *= extent;
  return elements;
}

/// The data of each operation.
class DataWriter {
 public:
  DataWriter(const Layer& layer, const Tensor& input, const Tensor& output)
      : layer_(layer), input_(input), output_(output) {}

  Bytes operator()(const TableOperation& operation) const {
    image::CoreTable table;
    std::copy(operation.values.begin(), operation.values.end(), table.values);
    return one(table);
  }
  Bytes operator()(const ElementWiseOperation& operation) const {
    return one(image::CoreElementWise{operation.multiply ? 1u : 0u, operation.first.multiplier,
                                      operation.second.multiplier, operation.first.shift});
  }
  Bytes operator()(const RearrangeOperation& operation) const {
    std::uint64_t written = 0;
    for (const auto& block : operation.blocks) written += elements_of(block);
    Bytes bytes;
    append(bytes, image::CoreRearrange{static_cast<std::uint32_t>(operation.blocks.size()),
                                       written < output_.elements() ? 1u : 0u, operation.fill});
    for (const auto& block : operation.blocks) append(bytes, joined(block));
    return bytes;
  }
  Bytes operator()(const SoftmaxOperation&) const { return one(softmax_parameters(layer_, input_, output_)); }
  Bytes operator()(const LayerNormOperation&) const {
    const LayerNormParameters parameters = layer_norm_parameters(layer_, input_, output_);
    Bytes bytes;
    append(bytes, parameters.header);
    for (const image::CoreChannel& channel : parameters.channels) append(bytes, channel);
    return bytes;
  }
  Bytes operator()(const MatrixProductOperation& p) const {
    const auto strides = [](const MatrixProductOperation::Strides& s) {
      return image::CoreStrides{s.batch, s.row, s.column};
    };
    return one(image::CoreMatrixProduct{p.batches, p.rows, p.columns, p.depth, strides(p.a), strides(p.b), strides(p.y),
                                        p.scaling.multiplier, p.scaling.shift});
  }

 private:
  template <typename Record>
  static Bytes one(const Record& record) {
    Bytes bytes;
    append(bytes, record);
    return bytes;
  }

  const Layer& layer_;
  const Tensor& input_;
  const Tensor& output_;
};

}  // namespace

void add_core_layer(const QuantizedNetwork& network, const Layer& layer, const MemoryPlan& memory,
                    ImageWriter& writer) {
  const Tensor& output = network.tensors[layer.output];
  std::vector<image::CoreOperand> operands{operand_of(network.tensors[layer.input], memory.places[layer.input])};
  for (const std::size_t tensor : layer.more_inputs) {
    operands.push_back(operand_of(network.tensors[tensor], memory.places[tensor]));
  }
  operands.push_back(operand_of(output, memory.places[layer.output]));
  image::CoreJob job{};
  job.operation = static_cast<image::CoreOperation>(layer.operation->index());
  job.clip_low = layer.clip_low;
  job.clip_high = layer.clip_high;
  const Bytes data = std::visit(DataWriter(layer, network.tensors[layer.input], output), *layer.operation);
  job.data = writer.add_data(data);
  job.data_size = static_cast<std::uint32_t>(data.size());
  writer.add_core_layer(layer.name, job, operands);
}

std::uint64_t core_work(const QuantizedNetwork& network, const Layer& layer) {
  const auto* product = std::get_if<MatrixProductOperation>(&*layer.operation);
  if (product == nullptr) return network.tensors[layer.output].elements();
  return std::uint64_t{product->batches} * product->rows * product->columns * product->depth;
}

const char* core_operation_name(const CoreOperation& operation) {
  constexpr const char* names[] = {"table", "elementwise", "rearrange", "softmax", "layernorm", "matmul"};
  return names[operation.index()];
}

}  // namespace terse::compiler
