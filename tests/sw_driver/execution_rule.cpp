#include "tests/sw_driver/execution_rule.hpp"

#include "registers/generated/dma.hpp"

namespace terse::test {

ExecutionRule::ExecutionRule(FakeHardware& hardware, bool concurrent, std::uint32_t loads_per_tile, bool dense,
                             bool sparse)
    : concurrent_(concurrent), loads_per_tile_(loads_per_tile), dense_(dense), sparse_(sparse) {
  for (const auto& unit : hardware.units()) {
    unit->on_commit = [this](FakeUnit& source, const FakeJob& job) { committed(source, job); };
    const FakeUnit::Listener effect = unit->on_finish;
    unit->on_finish = [this, effect](FakeUnit& source, const FakeJob& job) {
      effect(source, job);
      finished(source, job);
    };
  }
}

ExecutionRule::Kind ExecutionRule::kind_of(const FakeUnit& unit, const FakeJob& job) {
  switch (unit.unit()) {
    case registers::hwpe::Unit::tmac:
      return Kind::dense;
    case registers::hwpe::Unit::spu:
      return Kind::sparse;
    case registers::hwpe::Unit::merge:
      return Kind::merge;
    case registers::hwpe::Unit::dma:
      break;
  }
  const std::uint32_t destination = job.words[(registers::dma::destination - registers::dma::job_offset) / 4];
  return destination - FakeHardware::scratchpad_base < 0x100000 ? Kind::load : Kind::store;
}

void ExecutionRule::require(bool condition, const FakeJob& job, const std::string& rule) {
  if (condition) return;
  violations_.push_back("layer " + std::to_string(job.tag() >> 16) + " tile " + std::to_string(job.tag() & 0xFFFF) +
                        ": " + rule);
}

void ExecutionRule::committed(const FakeUnit& unit, const FakeJob& job) {
  const std::uint32_t tag = job.tag();
  Progress& tile = tiles_[tag];
  switch (kind_of(unit, job)) {
    case Kind::load:
      if (tag >> 16 != 0 && (tag & 0xFFFF) == 0 && tile.committed_loads++ < early_loads_) {
        early_load_committed(job);
        break;
      }
      for (const auto& [other, progress] : tiles_) {
        if (other >> 16 < tag >> 16) require(progress.stored, job, "load before the stores of the layer before");
        const bool two_before = other >> 16 == tag >> 16 && other + 2 <= tag;
        if (two_before) require(progress.stored, job, "load before tile t-2 is finished");
      }
      if ((tag & 0xFFFF) >= 2) require(tiles_.contains(tag - 2), job, "load before tile t-2 began");
      if (running_passes_ != 0) ++overlapped_loads_;
      break;
    case Kind::dense:
      require(loads_done(tag), job, "dense pass before the loads are done");
      ++running_passes_;
      break;
    case Kind::sparse:
      require(loads_done(tag), job, "sparse pass before the loads are done");
      if (dense_ && !concurrent_) require(tile.dense, job, "sparse pass before the dense pass is done");
      if (dense_ && !tile.dense) ++concurrent_passes_;
      ++running_passes_;
      break;
    case Kind::merge:
      require(passes_done(tile) && loads_done(tag), job, "merge before the passes are done");
      break;
    case Kind::store:
      require(tile.merged, job, "store before the merge is done");
      break;
  }
}

bool ExecutionRule::loads_done(std::uint32_t tag) {
  for (std::uint32_t index = 0; index <= (tag & 0xFFFF); ++index) {
    const std::uint32_t expected = only_first_tiles_load_ && index != 0 ? 0 : loads_per_tile_;
    if (tiles_[(tag & 0xFFFF0000) | index].loads != expected) return false;
  }
  return true;
}

void ExecutionRule::early_load_committed(const FakeJob& job) {
  const std::uint32_t before = (job.tag() >> 16) - 1;
  bool all_stored = true;
  for (std::uint32_t index = 0; index < tiles_per_layer_[before]; ++index) {
    const Progress& tile = tiles_[before << 16 | index];
    require(tile.loads == loads_per_tile_, job, "early load before the loads of the layer before are done");
    all_stored = all_stored && tile.stored;
  }
  if (!all_stored) ++early_loads_seen_;
}

void ExecutionRule::finished(const FakeUnit& unit, const FakeJob& job) {
  Progress& tile = tiles_[job.tag()];
  switch (kind_of(unit, job)) {
    case Kind::load:
      ++tile.loads;
      break;
    case Kind::dense:
      tile.dense = true;
      --running_passes_;
      break;
    case Kind::sparse:
      tile.sparse = true;
      --running_passes_;
      break;
    case Kind::merge:
      tile.merged = true;
      break;
    case Kind::store:
      tile.stored = true;
      ++finished_stores_;
      break;
  }
}

}  // namespace terse::test
