#include "platform/run/recorder.hpp"

#include <algorithm>
#include <iterator>

#include "platform/run/peaks.hpp"

namespace terse::run {
namespace {

const char* kind_name(compiler::LayerKind kind) {
  switch (kind) {
    case compiler::LayerKind::convolution:
      return "convolution";
    case compiler::LayerKind::fully_connected:
      return "fully_connected";
    case compiler::LayerKind::max_pool:
      return "max_pool";
    case compiler::LayerKind::average_pool:
      return "average_pool";
    case compiler::LayerKind::add:
      return "add";
    case compiler::LayerKind::core:
      return "core";
  }
  return "";
}

PassResult& pass_of(LayerResult& layer, Pass pass) {
  switch (pass) {
    case Pass::dense:
      return layer.dense;
    case Pass::sparse:
      return layer.sparse;
    case Pass::merge:
      return layer.merge;
    case Pass::dma:
      return layer.dma;
  }
  return layer.dma;
}

/// Time within [begin, end] that no job covers; `jobs` sorted by start.
sc_core::sc_time uncovered(const std::vector<RecordedJob>& jobs, const LayerSpan& span) {
  sc_core::sc_time covered_until = span.begin, idle = sc_core::SC_ZERO_TIME;
  auto job =
      std::partition_point(jobs.begin(), jobs.end(), [&](const RecordedJob& j) { return j.record.end < span.begin; });
  for (; job != jobs.end() && job->record.start < span.end; ++job) {
    if (job->record.start > covered_until) idle += job->record.start - covered_until;
    covered_until = std::max(covered_until, job->record.end);
  }
  if (covered_until < span.end) idle += span.end - covered_until;
  return idle;
}

}  // namespace

void Recorder::layer_end(std::uint32_t layer, sc_core::sc_time time, std::uint64_t instructions) {
  if (spans_.empty() || spans_.back().layer != layer) return;
  spans_.back().end = time;
  spans_.back().instructions = instructions - spans_.back().instructions;
}

std::vector<Recorder::LayerActivity> Recorder::activities(std::size_t layers) const {
  std::vector<LayerActivity> result(layers);
  for (const auto& job : jobs_) {
    const std::size_t layer = job.record.tag >> 16;
    if (layer < layers) result[layer].passes[static_cast<std::size_t>(job.pass)] += job.record.activity;
  }
  for (const auto& span : spans_) {
    if (span.layer < layers && span.end > span.begin) result[span.layer].instructions += span.instructions;
  }
  return result;
}

std::vector<LayerSpan> Recorder::spans_of(std::uint32_t layer) const {
  std::vector<LayerSpan> spans;
  std::ranges::copy_if(spans_, std::back_inserter(spans), [&](const LayerSpan& span) { return span.layer == layer; });
  return spans;
}

std::vector<LayerResult> Recorder::layers(const compiler::CompiledNetwork& compiled,
                                          const netlist::PlatformSettings& platform, std::uint32_t inferences) const {
  std::vector<LayerResult> layers(compiled.network.layers.size());
  for (std::size_t index = 0; index < layers.size(); ++index) {
    layers[index].name = compiled.network.layers[index].name;
    layers[index].kind = kind_name(compiled.network.layers[index].kind);
    layers[index].tiles = compiled.plans[index].tiles.size();
    layers[index].predicted_cycles = static_cast<double>(compiled.plans[index].prediction.cycles);
    layers[index].bound = compiled.plans[index].prediction.bound;
  }
  const double period_ns = 1000.0 / platform.clock_mhz;
  const double count = std::max(inferences, 1u);
  const auto cycles = [&](sc_core::sc_time time) { return time.to_seconds() * 1e9 / period_ns / count; };

  for (const auto& job : jobs_) {
    const std::size_t layer = job.record.tag >> 16;
    if (layer >= layers.size()) continue;
    auto& pass = pass_of(layers[layer], job.pass);
    pass.cycles += cycles(job.record.end - job.record.start);
    layers[layer].fused_extra_cycles += static_cast<double>(job.record.fused_extra_cycles) / count;
    pass.operations += static_cast<double>(job.record.operations) / count;
    pass.bytes_read += static_cast<double>(job.record.bytes_read) / count;
    pass.bytes_written += static_cast<double>(job.record.bytes_written) / count;
  }
  std::vector<RecordedJob> ordered = jobs_;
  std::sort(ordered.begin(), ordered.end(),
            [](const auto& a, const auto& b) { return a.record.start < b.record.start; });
  for (const auto& span : spans_) {
    if (span.layer >= layers.size()) continue;
    layers[span.layer].cycles += cycles(span.end - span.begin);
    layers[span.layer].driver_cycles += cycles(uncovered(ordered, span));
  }
  const Peaks peaks = peaks_of(platform);
  for (auto& layer : layers) {
    const auto set = [](PassResult& pass, double peak) {
      pass.utilisation = pass.cycles > 0 ? pass.operations / (pass.cycles * peak) : 0;
    };
    set(layer.dense, peaks.dense);
    set(layer.sparse, peaks.sparse);
    set(layer.merge, peaks.merge);
    set(layer.dma, peaks.dma);
  }
  return layers;
}

}  // namespace terse::run
