#pragma once
// Runs the tiles of a layer double-buffered, so that the loads of one tile hide under the computation of the tile
// before. The execution rule of formats/network_image.hpp allows exactly two tiles in flight: tile t uses slot t mod 2,
// hence starts only when tile t-2, which had the slot before, is finished.
#include <array>
#include <cstdint>

#include "sw_driver/tile_executor.hpp"

namespace terse::driver {

template <Hal H>
class LayerExecutor {
 public:
  explicit LayerExecutor(Accelerator<H>& accelerator)
      : accelerator_(&accelerator), slots_{TileExecutor<H>(accelerator), TileExecutor<H>(accelerator)} {}

  /// Begins a layer; the one before must be finished. `image` and `regions` must outlive it. Nothing is started before
  /// advance(). `next` is the layer behind it, whose early loads are dispatched when this one loads no more; none after
  /// the last one (early_loads 0).
  void dispatch(const ImageView& image, const Regions& regions, Superposition superposition, const image::Layer& layer,
                const image::Layer& next) {
    image_ = &image;
    regions_ = &regions;
    superposition_ = superposition;
    layer_ = layer;
    next_ = next;
    started_ = 0;
  }
  void cancel() {
    early_ = {};
    next_.early_loads = 0;
    for (TileExecutor<H>& slot : slots_) slot.cancel();
    started_ = layer_.tile_count;
  }

  /// Starts what has become possible since the last call; the older tile goes first. Returns none or unit_locked.
  [[nodiscard]] ErrorCode advance() {
    for (std::uint32_t turn = 0; turn < slots_.size(); ++turn) {
      TileExecutor<H>& slot = slots_[(started_ + turn) % slots_.size()];
      if (slot.finished()) continue;
      // The second one is the newer tile.
      const bool may_compute = turn == 0 || !slots_[started_ % slots_.size()].loading();
      if (const ErrorCode code = slot.advance(may_compute); code != ErrorCode::none) return code;
    }
    while (started_ < layer_.tile_count && slot_of(started_).finished()) {
      TileExecutor<H>& slot = slot_of(started_);
      slot.start(*image_, *regions_, superposition_, layer_.first_tile + started_, early_);
      early_ = {};
      ++started_;
      if (const ErrorCode code = slot.advance(!slot_of(started_).loading()); code != ErrorCode::none) return code;
    }
    return load_early();
  }

  [[nodiscard]] bool finished() const {
    return started_ == layer_.tile_count && slots_[0].finished() && slots_[1].finished();
  }

  /// The unit that the oldest unfinished tile waits for.
  [[nodiscard]] const HwpeUnit<H>& awaited() const {
    const TileExecutor<H>& oldest = slots_[started_ % slots_.size()];
    return oldest.finished() ? slots_[(started_ + 1) % slots_.size()].awaited() : oldest.awaited();
  }

 private:
  [[nodiscard]] TileExecutor<H>& slot_of(std::uint32_t tile) { return slots_[tile % slots_.size()]; }

  /// When the last tile's loads are done, those of the next layer's first tile that may run already.
  ErrorCode load_early() {
    if (early_.count >= next_.early_loads || started_ < layer_.tile_count) return ErrorCode::none;
    if (slots_[0].loading() || slots_[1].loading()) return ErrorCode::none;
    while (early_.count < next_.early_loads) {
      const ErrorCode code = TileExecutor<H>::load_early(*accelerator_, *image_, *regions_, next_.first_tile, early_);
      if (code == ErrorCode::queue_full) return ErrorCode::none;  // the next interrupt brings us back
      if (code != ErrorCode::none) return code;
    }
    return ErrorCode::none;
  }

  Accelerator<H>* accelerator_;

  std::array<TileExecutor<H>, 2> slots_;
  const ImageView* image_ = nullptr;
  const Regions* regions_ = nullptr;
  Superposition superposition_ = Superposition::sequential;
  image::Layer layer_{}, next_{};
  typename TileExecutor<H>::EarlyLoads early_;  ///< Of the next layer's first tile.
  std::uint32_t started_ = 0;                   ///< Tiles started so far.
};

}  // namespace terse::driver
