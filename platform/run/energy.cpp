#include "platform/run/energy.hpp"

#include <algorithm>

#include "platform/energy/pricing.hpp"

namespace terse::run {
namespace {

using energy::Amount;
using energy::Bill;
using energy::Purpose;
using energy::Unit;
using technology::Table;

/// Everything that prices a platform; area and prices refer to the table of the settings.
struct Model {
  explicit Model(const netlist::PlatformSettings& platform)
      : hardware(energy::hardware_of(platform)), area(hardware, *platform.table), pricing(hardware, area) {}

  energy::Hardware hardware;
  energy::AreaModel area;
  energy::Pricing pricing;
};

/// Runs `make`; a missing entry becomes an error at `platform.technology`.
template <class Make>
auto with_table(const netlist::PlatformSettings& platform, Make make) {
  try {
    return make();
  } catch (const technology::MissingEntry& missing) {
    throw configuration::ConfigurationError({platform.table->file(), 0, 0}, missing.what());
  }
}

Estimate estimate(const Amount& amount, const Table& table) {
  return {amount.value, amount.uncertainty(table)};
}

EnergyResult energy_result(const Bill& bill, const Table& table) {
  EnergyResult result;
  result.total = estimate(bill.total(), table);
  result.on_chip = estimate(bill.on_chip(), table);
  for (std::size_t i = 0; i < energy::unit_count; ++i) {
    const Unit unit = static_cast<Unit>(i);
    result.by_unit.emplace_back(energy::unit_name(unit), estimate(bill.of(unit), table));
  }
  for (std::size_t i = 0; i < energy::purpose_count; ++i) {
    const Purpose purpose = static_cast<Purpose>(i);
    result.by_pass.emplace_back(energy::purpose_name(purpose), estimate(bill.of(purpose), table));
  }
  return result;
}

/// Dynamic energy of a layer over all inferences.
Bill layer_bill(const energy::Pricing& pricing, const Recorder::LayerActivity& layer) {
  constexpr std::array<Unit, 4> units = {Unit::tmac, Unit::spu, Unit::merge, Unit::dma};  // by Pass
  Bill bill = pricing.instructions(static_cast<double>(layer.instructions));
  for (std::size_t pass = 0; pass < units.size(); ++pass) bill += pricing.jobs(units[pass], layer.passes[pass]);
  return bill;
}

SparseOverDense ratios(const RunResult& result, const Bill& bill, const Table& table) {
  SparseOverDense ratios;
  double dense = 0, sparse = 0;
  for (const auto& layer : result.layers) {
    dense += layer.dense.cycles - layer.fused_extra_cycles;  // what the values add to a fused pass is theirs
    sparse += layer.sparse.cycles + layer.fused_extra_cycles;
  }
  if (dense == 0) {
    ratios.cycles_reason = "no layer has a dense pass";
  } else {
    ratios.cycles = sparse / dense;
  }
  const Amount dense_energy = bill.of(Purpose::dense);
  if (dense_energy.value > 0) {
    const energy::Ratio ratio = energy::ratio(bill.of(Purpose::sparse), dense_energy, table);
    ratios.energy = Estimate{ratio.value, ratio.uncertainty};
  }
  return ratios;
}

}  // namespace

AreaResult area_of(const netlist::PlatformSettings& platform) {
  const Table& table = *platform.table;
  const energy::AreaModel area =
      with_table(platform, [&] { return energy::AreaModel(energy::hardware_of(platform), table); });
  AreaResult result;
  result.total = estimate(area.total(), table);
  result.gate_equivalents = area.gate_equivalents(area.total());
  for (std::size_t i = 0; i < energy::unit_count; ++i) {
    const Unit unit = static_cast<Unit>(i);
    if (unit != Unit::dram) result.by_unit.emplace_back(energy::unit_name(unit), estimate(area.of(unit), table));
  }
  for (const auto& item : area.items()) {
    result.parts.push_back(
        {energy::unit_name(item.unit), item.part, estimate(item.um2, table), area.gate_equivalents(item.um2)});
  }
  return result;
}

void check_energy(const netlist::PlatformSettings& platform) {
  with_table(platform, [&] { return Model(platform).pricing.leakage(1); });
}

void add_energy(const netlist::PlatformSettings& platform, const std::vector<Recorder::LayerActivity>& layers,
                std::uint64_t instructions, RunResult& result) {
  if (result.images == 0) return;
  const Model model(platform);
  const double per_inference = 1.0 / result.images;
  const auto seconds = [&](double cycles) { return cycles / (platform.clock_mhz * 1e6); };
  Bill total;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Bill dynamic = layer_bill(model.pricing, layers[i]) * per_inference;
    total += dynamic;
    Bill bill = dynamic;
    bill += model.pricing.leakage(seconds(result.layers[i].cycles));
    result.layers[i].energy = energy_result(bill, *platform.table);
  }
  // What lies between the layers: the driver's own instructions, and time.
  std::uint64_t in_layers = 0;
  for (const auto& layer : layers) in_layers += layer.instructions;
  const std::uint64_t outside = instructions - std::min(instructions, in_layers);
  total += model.pricing.instructions(static_cast<double>(outside) * per_inference);
  total += model.pricing.leakage(seconds(result.cycles_per_inference));
  result.energy = energy_result(total, *platform.table);
  result.sparse_over_dense = ratios(result, total, *platform.table);
}

}  // namespace terse::run
