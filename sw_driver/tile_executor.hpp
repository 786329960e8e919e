#pragma once
// Takes one tile through its life: loads, the passes, merge, stores. Nothing here waits: advance() starts whatever has
// become possible and returns. The passes are superposed as asked:
//   sequential: sparse starts when dense is done, onto the same activations;
//   concurrent: both start together and contend for the scratchpad; merge starts when both are done;
//   fused: one job of tmac does both; a tile that has only one of them runs as in concurrent.
#include <cstdint>

#include "sw_driver/dma.hpp"
#include "sw_driver/image_view.hpp"
#include "sw_driver/merge.hpp"
#include "sw_driver/spu.hpp"
#include "sw_driver/tmac.hpp"

namespace terse::driver {

using device_table::Superposition;

/// Bus addresses of the image's regions.
struct Regions {
  std::uint32_t image = 0;
  std::uint32_t arena = 0;
  std::uint32_t input = 0;
  std::uint32_t output = 0;
  std::uint32_t scratchpad = 0;

  [[nodiscard]] std::uint32_t base(image::Region region) const {
    switch (region) {
      case image::Region::image:
        return image;
      case image::Region::arena:
        return arena;
      case image::Region::input:
        return input;
      case image::Region::output:
        return output;
      case image::Region::scratchpad:
        break;
    }
    return scratchpad;
  }
};

/// The units that work on a network, and where.
template <Hal H>
struct Accelerator {
  Accelerator(H& hal, Interrupts<H>& interrupts)
      : dma(hal, interrupts), tmac(hal, interrupts), spu(hal, interrupts), merge(hal, interrupts) {}

  Dma<H> dma;
  Tmac<H> tmac;
  Spu<H> spu;
  Merge<H> merge;
};

template <Hal H>
class TileExecutor {
 public:
  explicit TileExecutor(Accelerator<H>& accelerator) : accelerator_(&accelerator) {}

  /// Loads of a tile that were dispatched before it begins.
  struct EarlyLoads {
    std::uint32_t count = 0;
    Ticket last = 0;
  };

  /// Begins a tile; the one before must be finished. `image` and `regions` must outlive it.
  void start(const ImageView& image, const Regions& regions, Superposition superposition, std::uint32_t tile,
             const EarlyLoads& early = {}) {
    image_ = &image;
    regions_ = &regions;
    superposition_ = superposition;
    tile_ = image.tile(tile);
    stage_ = Stage::loading;
    moved_ = early.count;
    last_move_ = early.last;
    dense_ = Pass{};
    sparse_ = Pass{};
  }
  void cancel() { stage_ = Stage::finished; }

  [[nodiscard]] bool finished() const { return stage_ == Stage::finished; }
  [[nodiscard]] bool loading() const { return stage_ == Stage::loading; }

  /// Dispatches the next of a tile's loads before it begins. Returns none, queue_full or unit_locked.
  static ErrorCode load_early(Accelerator<H>& accelerator, const ImageView& image, const Regions& regions,
                              std::uint32_t tile, EarlyLoads& early) {
    const std::uint32_t transfer = image.tile(tile).first_load + early.count;
    const ErrorCode code =
        dispatch_transfer(accelerator.dma.loads(), image.transfer_view(transfer), regions, early.last);
    if (code == ErrorCode::none) ++early.count;
    return code;
  }

  /// Starts what has become possible since the last call. Returns none or unit_locked (of the unit awaited). `may_compute`:
  /// the loads of all earlier tiles of the layer are done, which this tile may use too.
  [[nodiscard]] ErrorCode advance(bool may_compute) {
    may_compute_ = may_compute;
    for (;;) {
      const Stage before = stage_;
      if (const ErrorCode code = step(); code != ErrorCode::none) return code;
      if (stage_ == before) return ErrorCode::none;
    }
  }

  /// The unit whose work the tile waits for, for a report of a stuck unit.
  [[nodiscard]] const HwpeUnit<H>& awaited() const {
    switch (stage_) {
      case Stage::loading:
        return accelerator_->dma.loads();
      case Stage::passes:
        if (dense_.sent && !accelerator_->tmac.is_finished(dense_.ticket)) return accelerator_->tmac;
        return accelerator_->spu;
      case Stage::fused:
        return accelerator_->tmac;
      case Stage::merging:
      case Stage::awaiting_merge:
        return accelerator_->merge;
      case Stage::storing:
      case Stage::finished:
        break;
    }
    return accelerator_->dma.stores();
  }

 private:
  enum class Stage : std::uint8_t { loading, passes, fused, merging, awaiting_merge, storing, finished };

  struct Pass {
    bool sent = false;
    Ticket ticket = 0;
  };

  ErrorCode step() {
    switch (stage_) {
      case Stage::loading:
        return move(accelerator_->dma.loads(), tile_.first_load, tile_.load_count, Stage::passes);
      case Stage::passes:
        return run_passes();
      case Stage::fused:
        if (accelerator_->tmac.is_finished(dense_.ticket)) {
          merge_ = Pass{};
          stage_ = Stage::merging;
        }
        return ErrorCode::none;
      case Stage::merging:
        return start_merge();
      case Stage::awaiting_merge:
        if (accelerator_->merge.is_finished(merge_.ticket)) {
          moved_ = 0;
          stage_ = Stage::storing;
        }
        return ErrorCode::none;
      case Stage::storing:
        return move(accelerator_->dma.stores(), tile_.first_store, tile_.store_count, Stage::finished);
      case Stage::finished:
        break;
    }
    return ErrorCode::none;
  }

  static ErrorCode dispatch_transfer(DmaChannel<H>& channel, const TransferView& transfer, const Regions& regions,
                                     Ticket& ticket) {
    return channel.try_dispatch(
        transfer.job[0],
        [&](HwpeUnit<H>& unit) {
          unit.write(registers::dma::tag, transfer.job[0]);
          unit.write(registers::dma::source, transfer.job[1] + regions.base(transfer.source));
          unit.write(registers::dma::destination, transfer.job[2] + regions.base(transfer.destination));
          unit.write_job(transfer.job, 3, registers::dma::job_register_count);
        },
        ticket);
  }

  /// Dispatches transfers as the queue has room; goes on to `next` when the last one is done.
  ErrorCode move(DmaChannel<H>& channel, std::uint32_t first, std::uint32_t count, Stage next) {
    for (; moved_ < count; ++moved_) {
      const ErrorCode code = dispatch_transfer(channel, image_->transfer_view(first + moved_), *regions_, last_move_);
      if (code != ErrorCode::none) return unless_full(code);
    }
    const bool done = count == 0 || channel.is_finished(last_move_);
    if (done && (next != Stage::passes || may_compute_)) stage_ = next;
    return ErrorCode::none;
  }

  ErrorCode run_passes() {
    const bool has_dense = tile_.dense_job != image::none;
    const bool has_sparse = tile_.sparse_job != image::none;
    if (has_dense && !dense_.sent) {
      if (superposition_ == Superposition::fused && has_sparse) return start_fused();
      const ErrorCode code = send<tmac_dense_registers>(accelerator_->tmac, image_->dense_job(tile_.dense_job), dense_);
      if (code != ErrorCode::none) return code;
    }
    const bool dense_done = !has_dense || (dense_.sent && accelerator_->tmac.is_finished(dense_.ticket));
    if (!dense_done && superposition_ == Superposition::sequential) return ErrorCode::none;
    if (has_sparse && !sparse_.sent) {
      const ErrorCode code = send_sparse(image_->sparse_job(tile_.sparse_job));
      if (code != ErrorCode::none) return code;
    }
    const bool sparse_done = !has_sparse || (sparse_.sent && accelerator_->spu.is_finished(sparse_.ticket));
    if (dense_done && sparse_done) {
      merge_ = Pass{};
      stage_ = Stage::merging;
    }
    return ErrorCode::none;
  }

  /// One job of tmac: the dense job's registers, FUSED, and those of the sparse job that say where its values are.
  ErrorCode start_fused() {
    namespace tmac = registers::tmac;
    namespace spu = registers::spu;
    constexpr auto word = [](std::uint32_t offset, std::uint32_t first) { return (offset - first) / 4; };
    const JobWords dense = image_->dense_job(tile_.dense_job);
    const JobWords sparse = image_->sparse_job(tile_.sparse_job);
    const auto program = [&](HwpeUnit<H>& unit) {
      constexpr std::uint32_t flags = word(tmac::flags, tmac::tag);
      unit.write_job(dense, 0, flags);
      unit.write(tmac::flags, dense[flags] | tmac::fields::flags::fused.make(1));
      for (std::uint32_t offset = spu::value_address; offset <= spu::format; offset += 4) {
        unit.write(tmac::value_address + (offset - spu::value_address), sparse[word(offset, spu::tag)]);
      }
      unit.write(tmac::row_order_address, sparse[word(spu::row_order_address, spu::tag)]);
    };
    const ErrorCode code = accelerator_->tmac.try_dispatch(dense[0], program, dense_.ticket);
    dense_.sent = code == ErrorCode::none;
    if (dense_.sent) stage_ = Stage::fused;
    return unless_full(code);
  }

  ErrorCode start_merge() {
    const ErrorCode code = send<sizeof(MergeJob) / 4>(accelerator_->merge, image_->merge_job(tile_.merge_job), merge_);
    if (merge_.sent) stage_ = Stage::awaiting_merge;
    return code;
  }

  ErrorCode send_sparse(const JobWords& words) {
    constexpr std::uint32_t format = (registers::spu::format - registers::spu::tag) / 4;
    if (registers::spu::fields::format::row_order.get(words[format]) != 0) {
      return send<sizeof(SpuJob) / 4>(accelerator_->spu, words, sparse_);
    }
    return send<spu_plain_registers>(accelerator_->spu, words, sparse_);
  }

  template <std::uint32_t count>
  static ErrorCode send(HwpeUnit<H>& unit, const JobWords& words, Pass& pass) {
    const ErrorCode code = unit.try_dispatch(
        words[0], [&words](HwpeUnit<H>& target) { target.write_job(words, 0, count); }, pass.ticket);
    pass.sent = code == ErrorCode::none;
    return unless_full(code);
  }

  /// A full queue is no failure: the next interrupt brings us back.
  static ErrorCode unless_full(ErrorCode code) { return code == ErrorCode::queue_full ? ErrorCode::none : code; }

  Accelerator<H>* accelerator_;
  const ImageView* image_ = nullptr;
  const Regions* regions_ = nullptr;
  Superposition superposition_ = Superposition::sequential;
  image::Tile tile_{};
  Stage stage_ = Stage::finished;
  bool may_compute_ = true;
  std::uint32_t moved_ = 0;  ///< Transfers of this stage dispatched so far.
  Ticket last_move_ = 0;
  Pass dense_, sparse_, merge_;
};

}  // namespace terse::driver
