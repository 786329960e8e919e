#include "compiler/layer_schedule.hpp"

#include <algorithm>

#include "compiler/pattern.hpp"
#include "compiler/tensor_transfers.hpp"

namespace terse::compiler {

namespace {

namespace merge = registers::merge;
namespace spu = registers::spu;
namespace tmac = registers::tmac;
using image::Region;
using image::Transfer;

constexpr std::uint32_t tag_layer_shift = 16;

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
        draft_(scheduled.draft),
        writer_(writer) {}

  LayerPlan run() {
    writer_.begin_layer(layer_.name, image_kind(), tiling_.weights_are_early ? 1 : 0);
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
    plan_.weight_bytes += block_layout_.bytes;
    if (draft_) return;
    block_data_ = writer_.add_data(packer_.pack(channel, channels));
    weight_bits_ += block_layout_.weight_bits;
    stored_values_ += packer_.stored_values(channel, channels);
    block_macs_ += packer_.dense_values(channel, channels);
    for (std::uint32_t o = channel; o < channel + channels; ++o) {
      if (packer_.has_dense()) {
        plan_.dense_row_offsets.push_back(block_data_ + block_layout_.dense +
                                          (o - channel) * block_layout_.dense_row_stride);
      }
      if (packer_.has_sparse()) {
        plan_.sparse_row_offsets.push_back(block_data_ + packer_.value_row_offset(channel, channels, o));
        // A row of relative_columns lies scattered over its lane's stream.
        const bool in_a_row = packer_.index_format() != spu::IndexFormat::relative_columns;
        plan_.sparse_row_values.push_back(in_a_row ? packer_.row_values(channel, channels, o) : 0);
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
    place_operands(tile, slot);

    if (first_of_block) load_weights();
    if (tiling_.loads_input() && (index == 0 || !tiling_.input_is_shared)) load_input(tile, input_buffer_);
    if (g_.has_residual && !tiling_.residency.residual) load_residual(tile, residual_.address);
    if (packer_.has_dense()) writer_.set_dense(dense_job(tile));
    if (packer_.has_sparse()) writer_.set_sparse(sparse_job(tile));
    writer_.set_merge(merge_job(tile));
    if (!tiling_.residency.output) store_output(tile);
    plan_.tiles.push_back(tile);
  }

  /// The rows or columns of the input tile as jobs see it: padding that is stored counts as input.
  InputSpan in_tile(const InputSpan& span) const {
    if (!g_.stores_padding) return span;
    return {span.first, span.pad_before + span.count + span.pad_after, 0, 0};
  }

  /// What lies at the input's place of each pixel: what the tile's channels read, or all if all tiles share the buffer or
  /// the tensor stays.
  ChannelSlice loaded_channels(const TileRectangle& tile) const {
    if (tiling_.input_is_shared || tiling_.residency.input) return {0, g_.input_channels};
    return g_.input_slice(tile.channel, tile.channels);
  }

  /// Where a tile's part of a tensor lies in the scratchpad.
  struct Operand {
    std::uint32_t address = 0, row_stride = 0, pixel_stride = 0;
  };

  /// In the whole tensor, which stays.
  Operand in_place(std::size_t tensor, const TensorSlice& slice, std::uint32_t width, std::uint32_t channels) const {
    const std::uint32_t pixel = channels * slice.element_bytes, row = width * pixel;
    return {
        memory_.places[tensor].offset + slice.row * row + slice.column * pixel + slice.channel * slice.element_bytes,
        row, pixel};
  }
  /// Tight in a buffer.
  static Operand buffered(std::uint32_t buffer, const TensorSlice& slice) {
    const std::uint32_t pixel = slice.channels * slice.element_bytes;
    return {buffer, slice.columns * pixel, pixel};
  }

  void place_operands(TileRectangle& tile, std::uint32_t slot) {
    const Residency& stays = tiling_.residency;
    const TensorSlice outputs{tile.row,     tile.column,   tile.channel,           tile.rows,
                              tile.columns, tile.channels, g_.output_element_bytes};
    const Operand output = stays.output ? in_place(layer_.output, outputs, g_.output_width, g_.output_channels)
                                        : buffered(at_.output[slot], outputs);
    tile.output_address = output.address;
    tile.output_row_stride = output.row_stride;
    tile.output_pixel_stride = output.pixel_stride;
    place_input(tile, at_.input[tiling_.input_is_shared ? 0 : slot]);
    if (!g_.has_residual) return;
    TensorSlice residual = outputs;
    residual.element_bytes = 1;
    residual_ = stays.residual ? in_place(layer_.residual, residual, g_.output_width, g_.output_channels)
                               : buffered(at_.residual[slot], residual);
  }

  /// input_ is what the jobs read: of what lies there, the tile's own channels.
  void place_input(const TileRectangle& tile, std::uint32_t buffer) {
    const ChannelSlice loaded = loaded_channels(tile), read = g_.input_slice(tile.channel, tile.channels);
    const TensorSlice slice{rows_.first,          columns_.first,          loaded.first,
                            in_tile(rows_).count, in_tile(columns_).count, loaded.count};
    input_buffer_ = buffer;
    input_ = tiling_.residency.input ? in_place(layer_.input, slice, g_.input_width, g_.input_channels)
                                     : buffered(buffer, slice);
    input_.address += read.first - loaded.first;
  }

  // -- transfers ---------------------------------------------------------------------------------------------------

  void load_weights() {
    Transfer transfer{Region::image, Region::scratchpad, {}};
    transfer.job.source = block_data_;
    transfer.job.destination = weights_;
    transfer.job.length = static_cast<std::uint32_t>(block_layout_.bytes);
    transfer.job.lines = transfer.job.planes = 1;
    add_load(transfer);
  }

  void add_load(image::Transfer transfer) {
    transfer.job.tag = tag_;
    plan_.transfer_bytes += std::uint64_t{transfer.job.length} * transfer.job.lines * transfer.job.planes;
    writer_.add_load(transfer);
  }

  void load_input(const TileRectangle& tile, std::uint32_t address) {
    const ChannelSlice channels = loaded_channels(tile);
    const TensorSlice slice{rows_.first, columns_.first, channels.first, rows_.count, columns_.count, channels.count};
    const TensorMemory tensor{memory_.places[layer_.input], g_.input_width, g_.input_channels};
    input_bytes_ += slice.bytes();
    Frame frame;
    if (g_.stores_padding) {
      frame = {rows_.pad_before, rows_.pad_after, columns_.pad_before, columns_.pad_after, padding_byte()};
      if (needs_constant_row(slice, tensor, frame)) extend_constant_row(framed_row_bytes(slice, frame));
    }
    for (const Transfer& transfer : framed_load(slice, tensor, address, frame, constant_row_)) add_load(transfer);
  }

  std::uint8_t padding_byte() const { return static_cast<std::uint8_t>(network_.tensors[layer_.input].zero_point); }

  /// A run of padding in the image, as long as any tile so far needs it.
  void extend_constant_row(std::uint32_t bytes) {
    if (bytes <= constant_row_bytes_) return;
    constant_row_ = writer_.add_data(std::vector<std::uint8_t>(bytes, padding_byte()));
    constant_row_bytes_ = bytes;
  }

  void load_residual(const TileRectangle& tile, std::uint32_t address) {
    const TensorSlice slice{tile.row, tile.column, tile.channel, tile.rows, tile.columns, tile.channels};
    add_load(load_transfer(slice, {memory_.places[layer_.residual], g_.output_width, g_.output_channels}, address));
  }

  void store_output(const TileRectangle& tile) {
    const TensorSlice slice{tile.row,     tile.column,   tile.channel,           tile.rows,
                            tile.columns, tile.channels, g_.output_element_bytes};
    const TensorMemory tensor{memory_.places[layer_.output], g_.output_width, g_.output_channels};
    Transfer transfer = store_transfer(slice, tensor, tile.output_address);
    transfer.job.tag = tag_;
    plan_.transfer_bytes += slice.bytes();
    writer_.add_store(transfer);
  }

  // -- jobs --------------------------------------------------------------------------------------------------------

  /// The registers that tmac and spu have in common.
  template <typename Job>
  void set_window_registers(Job& job, const TileRectangle& tile) const {
    const Window& w = g_.window;
    job.tag = tag_;
    job.input_address = input_.address;
    job.input_pixel_stride = input_.pixel_stride;
    job.input_row_stride = input_.row_stride;
    job.input_size = tmac::fields::input_size::height.make(in_tile(rows_).count) |
                     tmac::fields::input_size::width.make(in_tile(columns_).count);
    job.input_channels = g_.input_slice(tile.channel, tile.channels).count;
    job.output_size =
        tmac::fields::output_size::height.make(tile.rows) | tmac::fields::output_size::width.make(tile.columns);
    job.output_channels = tile.channels;
    job.kernel = tmac::fields::kernel::height.make(w.kernel_height) | tmac::fields::kernel::width.make(w.kernel_width) |
                 tmac::fields::kernel::stride_y.make(w.stride_y) | tmac::fields::kernel::stride_x.make(w.stride_x);
    job.padding = tmac::fields::padding::top.make(in_tile(rows_).pad_before) |
                  tmac::fields::padding::left.make(in_tile(columns_).pad_before) |
                  tmac::fields::padding::dilation_y.make(w.dilation_y) |
                  tmac::fields::padding::dilation_x.make(w.dilation_x);
    job.accumulator_base = tile.accumulator_base;
  }

  bool is_signed(std::size_t tensor) const { return network_.tensors[tensor].is_signed; }

  tmac::Job dense_job(const TileRectangle& tile) const {
    tmac::Job job{};
    set_window_registers(job, tile);
    job.weight_address = weights_ + block_layout_.dense;
    job.weight_row_stride = block_layout_.dense_row_stride;
    job.flags = tmac::fields::flags::input_signed.make(is_signed(layer_.input)) |
                tmac::fields::flags::weight_format.make(static_cast<std::uint32_t>(packer_.weight_format()));
    return job;
  }

  spu::Job sparse_job(const TileRectangle& tile) const {
    spu::Job job{};
    set_window_registers(job, tile);
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

  merge::Job merge_job(const TileRectangle& tile) const {
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
      job.residual_address = residual_.address;
      job.residual_pixel_stride = residual_.pixel_stride;
      job.residual_row_stride = residual_.row_stride;
      job.flags |= merge::fields::flags::residual.make(1) |
                   merge::fields::flags::residual_signed.make(is_signed(layer_.residual));
    }
    if (g_.has_weights) {
      job.flags |= merge::fields::flags::use_dense.make(packer_.has_dense()) |
                   merge::fields::flags::use_sparse.make(packer_.has_sparse());
    } else {
      set_pooling_registers(job);
    }
    return job;
  }

  void set_pooling_registers(merge::Job& job) const {
    const Window& w = g_.window;
    merge::Pool pool = layer_.kind == LayerKind::max_pool ? merge::Pool::maximum : merge::Pool::sum;
    if (w.kernel_height * w.kernel_width == 1) pool = merge::Pool::none;
    job.flags |= merge::fields::flags::use_dense.make(1) | merge::fields::flags::source_activations.make(1) |
                 merge::fields::flags::input_signed.make(is_signed(layer_.input)) |
                 merge::fields::flags::pool.make(static_cast<std::uint32_t>(pool));
    job.input_address = input_.address;
    job.input_pixel_stride = input_.pixel_stride;
    job.input_row_stride = input_.row_stride;
    job.input_size = merge::fields::input_size::height.make(in_tile(rows_).count) |
                     merge::fields::input_size::width.make(in_tile(columns_).count);
    job.pool_window = merge::fields::pool_window::height.make(w.kernel_height) |
                      merge::fields::pool_window::width.make(w.kernel_width) |
                      merge::fields::pool_window::stride_y.make(w.stride_y) |
                      merge::fields::pool_window::stride_x.make(w.stride_x);
    job.padding = merge::fields::padding::top.make(in_tile(rows_).pad_before) |
                  merge::fields::padding::left.make(in_tile(columns_).pad_before);
  }

  void summarize() {
    plan_.tile = tiling_.tile;
    plan_.weights_are_early = tiling_.weights_are_early;
    plan_.input_loads = static_cast<double>(input_bytes_) / static_cast<double>(network_.tensors[layer_.input].bytes());
    const std::uint64_t weights = g_.output_channels * g_.weights_per_channel;
    if (packer_.has_dense()) plan_.dense_macs = weights * g_.output_pixels();
    plan_.group_zero_macs = block_macs_ * g_.output_pixels() - plan_.dense_macs;
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
  const bool draft_;
  ImageWriter& writer_;
  LayerPlan plan_;
  std::uint64_t weight_bits_ = 0, stored_values_ = 0, block_macs_ = 0, input_bytes_ = 0;
  std::uint32_t constant_row_ = 0, constant_row_bytes_ = 0;  ///< Of padding, in the image's data.
  // Of the channel block and the tile under way.
  BlockLayout block_layout_;
  std::uint32_t block_channels_ = 0, block_data_ = 0, weights_ = 0, tag_ = 0;
  InputSpan rows_, columns_;
  Operand input_, residual_;
  std::uint32_t input_buffer_ = 0;
};

}  // namespace

LayerPlan schedule_layer(const ScheduledLayer& scheduled, ImageWriter& writer) {
  return LayerScheduler(scheduled, writer).run();
}

}  // namespace terse::compiler
