#include "sw_driver/validate_core.hpp"

#include "sw_driver/core/core_work.hpp"

namespace terse::driver {
namespace {

using image::CoreJob;
using image::CoreOperand;
using image::CoreOperation;
using image::Region;

constexpr std::uint32_t greatest_shift = 62;
constexpr std::uint32_t most_elements = 1u << 31;

Error broken(Part part, std::uint32_t index, std::source_location place = std::source_location::current()) {
  return fail(ErrorCode::image_structure, {.subject = static_cast<std::uint32_t>(part), .address = index}, place);
}

std::uint32_t region_size(const image::Header& header, Region region) {
  switch (region) {
    case Region::arena:
      return header.arena_size;
    case Region::input:
      return header.input_size;
    case Region::output:
      return header.output_size;
    case Region::image:
    case Region::scratchpad:
      break;
  }
  return 0;  // no tensor lies there
}

std::uint64_t elements_of(const CoreOperand& operand) {
  return std::uint64_t{operand.height} * operand.width * operand.channels;
}

bool operand_fits(const image::Header& header, const CoreOperand& operand) {
  constexpr std::uint32_t most = 65535;
  for (const std::uint32_t size : {operand.height, operand.width, operand.channels}) {
    if (size == 0 || size > most) return false;
  }
  if (elements_of(operand) > most_elements || operand.is_signed > 1) return false;
  if (operand.element_bytes != 1 && (operand.element_bytes != 4 || operand.is_signed == 0)) return false;
  const std::uint64_t bytes = elements_of(operand) * operand.element_bytes;
  return operand.offset + bytes <= region_size(header, operand.region);
}

/// A job and what it refers to.
struct Job {
  CoreJob job;
  const std::uint8_t* data = nullptr;
  const ImageView* view = nullptr;

  [[nodiscard]] std::uint32_t inputs() const { return job.operand_count - 1; }
  [[nodiscard]] CoreOperand input(std::uint32_t index) const { return view->core_operand(job.first_operand + index); }
  [[nodiscard]] CoreOperand output() const { return view->core_operand(job.first_operand + inputs()); }
  template <typename Record>
  [[nodiscard]] Record record(std::uint32_t offset = 0) const {
    return load_record<Record>(data + offset);
  }
};

bool same_shape(const CoreOperand& a, const CoreOperand& b) {
  return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

bool table_is_sound(const Job& job) {
  return job.inputs() == 1 && job.job.data_size == sizeof(image::CoreTable) &&
         elements_of(job.input(0)) == elements_of(job.output());
}

bool element_wise_is_sound(const Job& job) {
  if (job.inputs() != 2 || job.job.data_size != sizeof(image::CoreElementWise)) return false;
  const CoreOperand a = job.input(0), b = job.input(1);
  const auto repeats = [](std::uint32_t size, std::uint32_t of) { return size == of || size == 1; };
  const auto parameters = job.record<image::CoreElementWise>();
  return same_shape(a, job.output()) && repeats(b.height, a.height) && repeats(b.width, a.width) &&
         repeats(b.channels, a.channels) && parameters.multiply <= 1 && parameters.shift <= greatest_shift;
}

/// Whether `count` steps of each stride from `start` on stay within `elements`.
template <std::size_t dimensions>
bool strides_fit(std::uint32_t start, const std::uint32_t (&counts)[dimensions],
                 const std::int32_t (&strides)[dimensions], std::uint64_t elements) {
  std::int64_t low = start, high = start;
  for (std::size_t d = 0; d < dimensions; ++d) {
    if (counts[d] == 0 || counts[d] > most_elements) return false;
    const std::int64_t reach = std::int64_t{strides[d]} * (counts[d] - 1);
    if (reach > std::int64_t{most_elements} || reach < -std::int64_t{most_elements}) return false;
    (reach < 0 ? low : high) += reach;
  }
  return low >= 0 && high < static_cast<std::int64_t>(elements);
}

bool block_is_sound(const Job& job, const image::CoreBlock& block) {
  if (block.operand >= job.inputs()) return false;
  std::uint64_t count = 1;
  for (const std::uint32_t extent : block.extents) {
    if (extent > most_elements) return false;
    count *= extent;
    if (count > most_elements) return false;
  }
  const std::uint64_t elements = elements_of(job.output());
  return count <= elements &&
         strides_fit(block.source, block.extents, block.source_strides, elements_of(job.input(block.operand))) &&
         strides_fit(block.destination, block.extents, block.destination_strides, elements);
}

bool rearrange_is_sound(const Job& job) {
  if (job.inputs() == 0 || job.job.data_size < sizeof(image::CoreRearrange) || job.output().element_bytes != 1) {
    return false;
  }
  const auto parameters = job.record<image::CoreRearrange>();
  const std::uint64_t blocks = std::uint64_t{parameters.block_count} * sizeof(image::CoreBlock);
  if (job.job.data_size != sizeof(image::CoreRearrange) + blocks || parameters.writes_fill > 1) return false;
  std::uint64_t units = 1;
  for (std::uint32_t index = 0; index < parameters.block_count; ++index) {
    const auto offset = static_cast<std::uint32_t>(sizeof(image::CoreRearrange) + index * sizeof(image::CoreBlock));
    const auto block = job.record<image::CoreBlock>(offset);
    if (!block_is_sound(job, block)) return false;
    units += block.extents[0];
  }
  return units <= most_elements;
}

bool softmax_is_sound(const Job& job) {
  if (job.inputs() != 1 || job.job.data_size != sizeof(image::CoreSoftmax)) return false;
  if (!same_shape(job.input(0), job.output())) return false;
  constexpr std::uint32_t entries = 256;
  const std::uint32_t greatest = job.record<std::uint32_t>();
  for (std::uint32_t index = 1; index < entries; ++index) {
    if (job.record<std::uint32_t>(4 * index) > greatest) return false;
  }
  const auto multiplier = job.record<std::uint32_t>(offsetof(image::CoreSoftmax, multiplier));
  const auto shift = job.record<std::uint32_t>(offsetof(image::CoreSoftmax, shift));
  constexpr std::uint32_t greatest_sum = 1u << 31, most_places = 31;
  return greatest != 0 && std::uint64_t{greatest} * job.input(0).channels < greatest_sum && multiplier < greatest_sum &&
         shift <= most_places;
}

bool layer_norm_is_sound(const Job& job) {
  if (job.inputs() != 1 || !same_shape(job.input(0), job.output())) return false;
  const std::uint32_t channels = job.input(0).channels;
  if (job.job.data_size != sizeof(image::CoreLayerNorm) + channels * sizeof(image::CoreChannel)) return false;
  const auto parameters = job.record<image::CoreLayerNorm>();
  constexpr std::uint32_t greatest_high_word = 1u << 29;  // epsilon < 2^61
  if (parameters.epsilon_high >= greatest_high_word || parameters.shift > greatest_shift) return false;
  for (std::uint32_t c = 0; c < channels; ++c) {
    const auto offset = static_cast<std::uint32_t>(sizeof(image::CoreLayerNorm) + c * sizeof(image::CoreChannel));
    const auto channel = job.record<image::CoreChannel>(offset);
    constexpr std::int32_t gamma_limit = 1 << 30, beta_limit = 1 << 29;  // |beta| < 2^61
    if (channel.gamma >= gamma_limit || channel.gamma <= -gamma_limit || channel.beta_high >= beta_limit ||
        channel.beta_high < -beta_limit) {
      return false;
    }
  }
  return true;
}

bool matrix_product_is_sound(const Job& job) {
  if (job.inputs() != 2 || job.job.data_size != sizeof(image::CoreMatrixProduct)) return false;
  const auto p = job.record<image::CoreMatrixProduct>();
  if (p.depth == 0 || p.depth > image::most_core_depth || p.shift > greatest_shift) return false;
  for (const std::uint32_t count : {p.batches, p.rows, p.columns}) {
    if (count == 0 || count > most_elements) return false;
  }
  const auto fits = [&](const image::CoreStrides& s, std::uint32_t rows, std::uint32_t columns, const CoreOperand& of) {
    return strides_fit<3>(0, {p.batches, rows, columns}, {s.batch, s.row, s.column}, elements_of(of));
  };
  const std::uint64_t outputs = elements_of(job.output());
  const bool count_fits =
      std::uint64_t{p.batches} * p.rows <= outputs && std::uint64_t{p.batches} * p.rows * p.columns <= outputs;
  return count_fits && fits(p.a, p.rows, p.depth, job.input(0)) && fits(p.b, p.depth, p.columns, job.input(1)) &&
         fits(p.y, p.rows, p.columns, job.output());
}

bool operation_is_sound(const Job& job) {
  switch (job.job.operation) {
    case CoreOperation::table:
      return table_is_sound(job);
    case CoreOperation::element_wise:
      return element_wise_is_sound(job);
    case CoreOperation::rearrange:
      return rearrange_is_sound(job);
    case CoreOperation::softmax:
      return softmax_is_sound(job);
    case CoreOperation::layer_norm:
      return layer_norm_is_sound(job);
    case CoreOperation::matrix_product:
      return matrix_product_is_sound(job);
  }
  return false;
}

/// Zero points within a byte's range, so that differences have 9 bits.
bool bytes_are_sound(const CoreOperand& operand) {
  const std::int32_t low = operand.is_signed != 0 ? -128 : 0;
  return operand.zero_point >= low && operand.zero_point <= low + 255;
}

bool operands_are_sound(const Job& job) {
  for (std::uint32_t index = 0; index < job.inputs(); ++index) {
    const CoreOperand input = job.input(index);
    if (input.element_bytes != 1 || !bytes_are_sound(input)) return false;
  }
  const CoreOperand output = job.output();
  return output.region != Region::input && bytes_are_sound(output);
}

Status check_core_job(const ImageView& view, const std::uint8_t* bytes, std::uint32_t index) {
  const image::Header& header = view.header();
  Job job{view.core_job(index), nullptr, &view};
  const CoreJob& j = job.job;
  const bool operands_fit = j.operand_count >= 2 && j.operand_count <= image::most_core_operands + 1 &&
                            std::uint64_t{j.first_operand} + j.operand_count <= header.core_operands.count;
  const bool data_fits = j.data % 4 == 0 && std::uint64_t{j.data} + j.data_size <= header.size;
  if (!operands_fit || !data_fits) return broken(Part::core_jobs, index);
  job.data = bytes + j.data;
  if (!operands_are_sound(job) || !operation_is_sound(job)) return broken(Part::core_jobs, index);
  return {};
}

}  // namespace

Status check_core_jobs(const ImageView& view, const std::uint8_t* bytes) {
  const image::Header& header = view.header();
  for (std::uint32_t index = 0; index < header.core_operands.count; ++index) {
    if (!operand_fits(header, view.core_operand(index))) return broken(Part::core_operands, index);
  }
  for (std::uint32_t index = 0; index < header.core_jobs.count; ++index) {
    if (const Status status = check_core_job(view, bytes, index); !status.ok()) return status;
  }
  return {};
}

}  // namespace terse::driver
