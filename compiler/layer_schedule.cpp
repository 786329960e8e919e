#include "compiler/layer_schedule.hpp"

#include <algorithm>

#include "compiler/pattern.hpp"

namespace terse::compiler {

namespace {

namespace dma = registers::dma;
namespace merge = registers::merge;
namespace spu = registers::spu;
namespace tmac = registers::tmac;
using image::Region;
using image::Transfer;

constexpr std::uint32_t tag_layer_shift = 16;

/// A block of channels of a rectangle of a tensor, in memory or tight in the scratchpad.
struct Slice {
  std::uint32_t row = 0, column = 0, channel = 0;
  std::uint32_t rows = 0, columns = 0, channels = 0;
  std::uint32_t element_bytes = 1;

  [[nodiscard]] std::uint64_t bytes() const { return std::uint64_t{rows} * columns * channels * element_bytes; }
};

/// The shape of a transfer between a tensor in memory and a tight copy of `slice`, with as few lines as possible.
struct StridedCopy {
  std::uint32_t offset = 0;  ///< Of the slice's first byte in the tensor.
  std::uint32_t length = 0, lines = 1, planes = 1;
  std::uint32_t memory_line_stride = 0, memory_plane_stride = 0, tight_line_stride = 0, tight_plane_stride = 0;
};

StridedCopy copy_shape(const Slice& slice, std::uint32_t width, std::uint32_t channels) {
  const std::uint32_t pixel = channels * slice.element_bytes;
  const std::uint32_t row = width * pixel;
  const std::uint32_t tight_pixel = slice.channels * slice.element_bytes;
  const std::uint32_t tight_row = slice.columns * tight_pixel;
  StridedCopy copy;
  copy.offset = slice.row * row + slice.column * pixel + slice.channel * slice.element_bytes;
  if (slice.channels == channels && slice.columns == width) {
    copy.length = slice.rows * row;
    copy.memory_line_stride = copy.tight_line_stride = copy.length;
  } else if (slice.channels == channels) {
    copy.length = tight_row;
    copy.lines = slice.rows;
    copy.memory_line_stride = row;
    copy.tight_line_stride = tight_row;
  } else {
    copy.length = tight_pixel;
    copy.lines = slice.columns;
    copy.planes = slice.rows;
    copy.memory_line_stride = pixel;
    copy.memory_plane_stride = row;
    copy.tight_line_stride = tight_pixel;
    copy.tight_plane_stride = tight_row;
  }
  return copy;
}

class LayerScheduler {
 public:
  LayerScheduler(const ScheduledLayer& scheduled, ImageWriter& writer)
      : network_(scheduled.network),
        layer_(scheduled.layer),
        g_(scheduled.geometry),
        packer_(scheduled.packer),
        tiling_(scheduled.tiling),
        at_(scheduled.tiling.layout),
        memory_(scheduled.memory),
        writer_(writer) {}

  LayerPlan run() {
    writer_.begin_layer(layer_.name, image_kind());
    const TileShape& tile = tiling_.tile;
    std::uint32_t block = 0;
    for (std::uint32_t channel = 0; channel < g_.output_channels; channel += tile.channels, ++block) {
      begin_block(channel, std::min(tile.channels, g_.output_channels - channel));
      bool first_of_block = true;
      for (std::uint32_t row = 0; row < g_.output_height; row += tile.rows) {
        for (std::uint32_t column = 0; column < g_.output_width; column += tile.columns) {
          TileRectangle rectangle;
          rectangle.row = row;
          rectangle.column = column;
          rectangle.channel = channel;
          rectangle.rows = std::min(tile.rows, g_.output_height - row);
          rectangle.columns = std::min(tile.columns, g_.output_width - column);
          rectangle.channels = block_channels_;
          emit_tile(rectangle, block, first_of_block);
          first_of_block = false;
        }
      }
    }
    summarize();
    return std::move(plan_);
  }

 private:
  image::LayerKind image_kind() const {
    switch (layer_.kind) {
      case LayerKind::convolution:
        return image::LayerKind::convolution;
      case LayerKind::fully_connected:
        return image::LayerKind::fully_connected;
      case LayerKind::add:
        return image::LayerKind::add;
      case LayerKind::max_pool:
      case LayerKind::average_pool:
      case LayerKind::core:
        break;
    }
    return image::LayerKind::pool;
  }

  void begin_block(std::uint32_t channel, std::uint32_t channels) {
    block_channels_ = channels;
    block_layout_ = packer_.layout(channel, channels);
    const std::vector<std::uint8_t> bytes = packer_.pack(channel, channels);
    block_data_ = writer_.add_data(bytes);
    plan_.weight_bytes += bytes.size();
    weight_bits_ += block_layout_.weight_bits;
    stored_values_ += packer_.stored_values(channel, channels);
    for (std::uint32_t o = channel; o < channel + channels; ++o) {
      if (packer_.has_dense()) {
        plan_.dense_row_offsets.push_back(block_data_ + block_layout_.dense +
                                          (o - channel) * block_layout_.dense_row_stride);
      }
      if (packer_.has_sparse()) {
        plan_.sparse_row_offsets.push_back(block_data_ + packer_.value_row_offset(channel, channels, o));
        // A row of relative_columns lies scattered over its lane's stream.
        const bool in_a_row = packer_.index_format() != spu::IndexFormat::relative_columns;
        plan_.sparse_row_values.push_back(in_a_row ? packer_.stored_values(o, 1) : 0);
      }
    }
  }

  void emit_tile(TileRectangle& tile, std::uint32_t block, bool first_of_block) {
    writer_.begin_tile();
    const std::uint32_t index = writer_.tile_index();
    const std::uint32_t slot = index & 1u;
    tag_ = writer_.layer_index() << tag_layer_shift | index;
    weights_ = at_.weights[block & 1u];
    rows_ = input_span(tile.row, tile.rows, g_.input_height, g_.window.pad_top, g_.window.kernel_height,
                       g_.window.dilation_y, g_.window.stride_y);
    columns_ = input_span(tile.column, tile.columns, g_.input_width, g_.window.pad_left, g_.window.kernel_width,
                          g_.window.dilation_x, g_.window.stride_x);
    tile.accumulator_base = at_.accumulators[slot];
    tile.output_address = at_.output[slot];
    tile.output_pixel_stride = tile.channels * g_.output_element_bytes;
    tile.output_row_stride = tile.columns * tile.output_pixel_stride;

    if (first_of_block) load_weights();
    if (index == 0 || !tiling_.input_is_shared) load_input(tile, at_.input[slot]);
    if (g_.has_residual) load_residual(tile, at_.residual[slot]);
    const std::uint32_t input = at_.input[tiling_.input_is_shared ? 0 : slot];
    if (packer_.has_dense()) writer_.set_dense(dense_job(tile, input));
    if (packer_.has_sparse()) writer_.set_sparse(sparse_job(tile, input));
    writer_.set_merge(merge_job(tile, input, at_.residual[slot]));
    store_output(tile);
    plan_.tiles.push_back(tile);
  }

  // -- transfers ---------------------------------------------------------------------------------------------------

  void load_weights() {
    Transfer transfer{Region::image, Region::scratchpad, {}};
    transfer.job.tag = tag_;
    transfer.job.source = block_data_;
    transfer.job.destination = weights_;
    transfer.job.length = static_cast<std::uint32_t>(block_layout_.bytes);
    transfer.job.lines = transfer.job.planes = 1;
    plan_.transfer_bytes += block_layout_.bytes;
    writer_.add_load(transfer);
  }

  std::uint32_t input_channels_per_tile() const { return g_.has_weights ? g_.input_channels : block_channels_; }

  void load_input(const TileRectangle& tile, std::uint32_t address) {
    const Slice slice{rows_.first,
                      columns_.first,
                      g_.has_weights ? 0 : tile.channel,
                      rows_.count,
                      columns_.count,
                      input_channels_per_tile(),
                      1};
    load(layer_.input, slice, g_.input_width, g_.input_channels, address);
  }

  void load_residual(const TileRectangle& tile, std::uint32_t address) {
    const Slice slice{tile.row, tile.column, tile.channel, tile.rows, tile.columns, tile.channels, 1};
    load(layer_.residual, slice, g_.output_width, g_.output_channels, address);
  }

  void load(std::size_t tensor, const Slice& slice, std::uint32_t width, std::uint32_t channels,
            std::uint32_t address) {
    const StridedCopy copy = copy_shape(slice, width, channels);
    const TensorPlace& place = memory_.places[tensor];
    Transfer transfer{place.region, Region::scratchpad, transfer_job(copy)};
    transfer.job.source = place.offset + copy.offset;
    transfer.job.destination = address;
    transfer.job.source_line_stride = copy.memory_line_stride;
    transfer.job.source_plane_stride = copy.memory_plane_stride;
    transfer.job.destination_line_stride = copy.tight_line_stride;
    transfer.job.destination_plane_stride = copy.tight_plane_stride;
    plan_.transfer_bytes += slice.bytes();
    writer_.add_load(transfer);
  }

  void store_output(const TileRectangle& tile) {
    const Slice slice{tile.row,     tile.column,   tile.channel,           tile.rows,
                      tile.columns, tile.channels, g_.output_element_bytes};
    const StridedCopy copy = copy_shape(slice, g_.output_width, g_.output_channels);
    const TensorPlace& place = memory_.places[layer_.output];
    Transfer transfer{Region::scratchpad, place.region, transfer_job(copy)};
    transfer.job.source = tile.output_address;
    transfer.job.destination = place.offset + copy.offset;
    transfer.job.source_line_stride = copy.tight_line_stride;
    transfer.job.source_plane_stride = copy.tight_plane_stride;
    transfer.job.destination_line_stride = copy.memory_line_stride;
    transfer.job.destination_plane_stride = copy.memory_plane_stride;
    plan_.transfer_bytes += slice.bytes();
    writer_.add_store(transfer);
  }

  dma::Job transfer_job(const StridedCopy& copy) const {
    dma::Job job{};
    job.tag = tag_;
    job.length = copy.length;
    job.lines = copy.lines;
    job.planes = copy.planes;
    return job;
  }

  // -- jobs --------------------------------------------------------------------------------------------------------

  /// The registers that tmac and spu have in common.
  template <typename Job>
  void set_window_registers(Job& job, const TileRectangle& tile, std::uint32_t input) const {
    const Window& w = g_.window;
    job.tag = tag_;
    job.input_address = input;
    job.input_pixel_stride = g_.input_channels;
    job.input_row_stride = columns_.count * g_.input_channels;
    job.input_size =
        tmac::fields::input_size::height.make(rows_.count) | tmac::fields::input_size::width.make(columns_.count);
    job.input_channels = g_.input_channels;
    job.output_size =
        tmac::fields::output_size::height.make(tile.rows) | tmac::fields::output_size::width.make(tile.columns);
    job.output_channels = tile.channels;
    job.kernel = tmac::fields::kernel::height.make(w.kernel_height) | tmac::fields::kernel::width.make(w.kernel_width) |
                 tmac::fields::kernel::stride_y.make(w.stride_y) | tmac::fields::kernel::stride_x.make(w.stride_x);
    job.padding =
        tmac::fields::padding::top.make(rows_.pad_before) | tmac::fields::padding::left.make(columns_.pad_before) |
        tmac::fields::padding::dilation_y.make(w.dilation_y) | tmac::fields::padding::dilation_x.make(w.dilation_x);
    job.accumulator_base = tile.accumulator_base;
  }

  bool is_signed(std::size_t tensor) const { return network_.tensors[tensor].is_signed; }

  tmac::Job dense_job(const TileRectangle& tile, std::uint32_t input) const {
    tmac::Job job{};
    set_window_registers(job, tile, input);
    job.weight_address = weights_ + block_layout_.dense;
    job.weight_row_stride = block_layout_.dense_row_stride;
    job.flags = tmac::fields::flags::input_signed.make(is_signed(layer_.input)) |
                tmac::fields::flags::weight_format.make(static_cast<std::uint32_t>(packer_.weight_format()));
    return job;
  }

  spu::Job sparse_job(const TileRectangle& tile, std::uint32_t input) const {
    spu::Job job{};
    set_window_registers(job, tile, input);
    const spu::IndexFormat format = packer_.index_format();
    job.value_address = weights_ + block_layout_.values;
    job.value_row_stride = block_layout_.value_row_stride;
    job.format = spu::fields::format::index_format.make(static_cast<std::uint32_t>(format)) |
                 spu::fields::format::value_bits.make(layer_.value_bits);
    if (format != spu::IndexFormat::dense) job.index_address = weights_ + block_layout_.indices;
    if (format != spu::IndexFormat::dense && format != spu::IndexFormat::n_of_m) {
      job.row_pointer_address = weights_ + block_layout_.row_pointers;
      job.format |= spu::fields::format::n.make(packer_.gap_bits()) |
                    spu::fields::format::wide_pointers.make(block_layout_.wide_pointers ? 1 : 0);
    }
    job.index_row_stride = block_layout_.index_row_stride;
    if (packer_.has_row_order()) {
      job.row_order_address = weights_ + block_layout_.row_order;
      job.format |= spu::fields::format::row_order.make(1);
    }
    if (format == spu::IndexFormat::n_of_m) {
      job.format |= spu::fields::format::n.make(layer_.pattern.n) | spu::fields::format::m.make(layer_.pattern.m);
    }
    job.flags = spu::fields::flags::input_signed.make(is_signed(layer_.input));
    return job;
  }

  merge::Job merge_job(const TileRectangle& tile, std::uint32_t input, std::uint32_t residual) const {
    merge::Job job{};
    job.tag = tag_;
    job.accumulator_base = tile.accumulator_base;
    job.output_size =
        merge::fields::output_size::height.make(tile.rows) | merge::fields::output_size::width.make(tile.columns);
    job.channels = tile.channels;
    job.parameter_address = weights_ + block_layout_.records;
    job.output_address = tile.output_address;
    job.output_row_stride = tile.output_row_stride;
    job.output_pixel_stride = tile.output_pixel_stride;
    job.clip_low = static_cast<std::uint32_t>(layer_.clip_low);
    job.clip_high = static_cast<std::uint32_t>(layer_.clip_high);
    job.flags = merge::fields::flags::output_words.make(g_.output_element_bytes == 4);
    if (g_.has_residual) {
      job.residual_address = residual;
      job.residual_pixel_stride = tile.channels;
      job.residual_row_stride = tile.columns * tile.channels;
      job.flags |= merge::fields::flags::residual.make(1) |
                   merge::fields::flags::residual_signed.make(is_signed(layer_.residual));
    }
    if (g_.has_weights) {
      job.flags |= merge::fields::flags::use_dense.make(packer_.has_dense()) |
                   merge::fields::flags::use_sparse.make(packer_.has_sparse());
    } else {
      set_pooling_registers(job, tile, input);
    }
    return job;
  }

  void set_pooling_registers(merge::Job& job, const TileRectangle& tile, std::uint32_t input) const {
    const Window& w = g_.window;
    merge::Pool pool = layer_.kind == LayerKind::max_pool ? merge::Pool::maximum : merge::Pool::sum;
    if (w.kernel_height * w.kernel_width == 1) pool = merge::Pool::none;
    job.flags |= merge::fields::flags::use_dense.make(1) | merge::fields::flags::source_activations.make(1) |
                 merge::fields::flags::input_signed.make(is_signed(layer_.input)) |
                 merge::fields::flags::pool.make(static_cast<std::uint32_t>(pool));
    job.input_address = input;
    job.input_pixel_stride = tile.channels;
    job.input_row_stride = columns_.count * tile.channels;
    job.input_size =
        merge::fields::input_size::height.make(rows_.count) | merge::fields::input_size::width.make(columns_.count);
    job.pool_window = merge::fields::pool_window::height.make(w.kernel_height) |
                      merge::fields::pool_window::width.make(w.kernel_width) |
                      merge::fields::pool_window::stride_y.make(w.stride_y) |
                      merge::fields::pool_window::stride_x.make(w.stride_x);
    job.padding =
        merge::fields::padding::top.make(rows_.pad_before) | merge::fields::padding::left.make(columns_.pad_before);
  }

  void summarize() {
    const std::uint64_t weights = g_.output_channels * g_.weights_per_channel;
    if (packer_.has_dense()) plan_.dense_macs = weights * g_.output_pixels();
    plan_.sparse_macs = stored_values_ * g_.output_pixels();
    plan_.weight_error = layer_.weight_error;
    if (packer_.has_sparse()) {
      plan_.index_format = packer_.index_format();
      plan_.index_bits = packer_.gap_bits();
    }
    plan_.weight_format = packer_.weight_format();
    plan_.values_in_dense_pass = packer_.values_in_dense_pass();
    if (weights == 0) return;
    plan_.bits_per_weight = static_cast<double>(weight_bits_) / static_cast<double>(weights);
    const auto nonzeros = std::count_if(layer_.high_precision.begin(), layer_.high_precision.end(),
                                        [](std::int16_t v) { return v != 0; });
    const auto high_precision = is_dense(layer_.pattern) && !layer_.high_precision.empty()
                                    ? static_cast<double>(weights)
                                    : static_cast<double>(nonzeros);
    plan_.density = high_precision / static_cast<double>(weights);
  }

  const QuantizedNetwork& network_;
  const Layer& layer_;
  const LayerGeometry& g_;
  const WeightPacker& packer_;
  const Tiling& tiling_;
  const ScratchpadLayout& at_;
  const MemoryPlan& memory_;
  ImageWriter& writer_;
  LayerPlan plan_;
  std::uint64_t weight_bits_ = 0, stored_values_ = 0;
  // Of the channel block and the tile under way.
  BlockLayout block_layout_;
  std::uint32_t block_channels_ = 0, block_data_ = 0, weights_ = 0, tag_ = 0;
  InputSpan rows_, columns_;
};

}  // namespace

LayerPlan schedule_layer(const ScheduledLayer& scheduled, ImageWriter& writer) {
  return LayerScheduler(scheduled, writer).run();
}

}  // namespace terse::compiler
