// Points and roofs of the roofline: MACs per cycle over MACs per byte.

const pass = (layer, name) => {
  const figures = layer.passes[name];
  const bytes = figures.bytes_read + figures.bytes_written;
  if (figures.operations === 0 || figures.cycles === 0 || bytes === 0) return null;
  return { intensity: figures.operations / bytes, rate: figures.operations / figures.cycles };
};

/** Whole layers against the bytes that the DMA moves; from the layer's begin to its end. */
const transfer = (layer) =>
  layer.macs > 0 && layer.bytes > 0 && layer.cycles > 0
    ? { intensity: layer.macs / layer.bytes, rate: layer.macs / layer.cycles }
    : null;

const points = (layers, of) =>
  layers.map((layer) => ({ layer: layer.name, ...of(layer) })).filter((point) => point.intensity !== undefined);

/**
 * Levels of memory with their roofs and what was measured below them: [{name, sentence, slopes: [{name, bytes}],
 * ceilings: [{name, rate}], series: [{name, points: [{layer, intensity, rate}]}]}].
 */
export function levels(result) {
  const peaks = result.peaks_per_cycle;
  if (!peaks) return [];
  const dram = Object.entries(peaks.memories);
  return [
    {
      name: 'Scratchpad',
      sentence: 'Each pass while its unit has a job, against the bytes it reads and writes in the scratchpad.',
      slopes: [{ name: 'scratchpad, all banks', bytes: peaks.scratchpad }],
      ceilings: [
        { name: 'tmac', rate: peaks.dense },
        { name: 'spu', rate: peaks.sparse },
      ],
      series: [
        { name: 'dense pass (tmac)', points: points(result.layers, (layer) => pass(layer, 'dense')) },
        { name: 'sparse pass (spu)', points: points(result.layers, (layer) => pass(layer, 'sparse')) },
      ],
    },
    {
      name: 'Memory behind the DMA',
      sentence: 'Each layer from its begin to its end, against the bytes that the DMA loads and stores for it.',
      slopes: [{ name: 'DMA port', bytes: peaks.dma }, ...dram.map(([name, bytes]) => ({ name, bytes }))],
      ceilings: [{ name: 'tmac + spu', rate: peaks.dense + peaks.sparse }],
      series: [{ name: 'layer', points: points(result.layers, transfer) }],
    },
  ];
}

/** The least of the roofs at an intensity, and which. */
export function roof(level, intensity) {
  const all = [
    ...level.slopes.map((slope) => ({ name: slope.name, rate: slope.bytes * intensity })),
    ...level.ceilings,
  ];
  const greatest = level.ceilings.reduce((best, ceiling) => (ceiling.rate > best.rate ? ceiling : best));
  return all
    .filter((one) => !level.ceilings.includes(one) || one === greatest)
    .reduce((least, one) => (one.rate < least.rate ? one : least));
}

/** Powers of ten around all points and knees: {x: [from, to], y: [from, to]}. */
export function extent(level) {
  const all = level.series.flatMap((series) => series.points);
  const knees = level.slopes.map((slope) => Math.max(...level.ceilings.map((ceiling) => ceiling.rate)) / slope.bytes);
  const down = (value) => 10 ** Math.floor(Math.log10(value) - 0.05);
  const up = (value) => 10 ** Math.ceil(Math.log10(value) + 0.05);
  const intensities = [...all.map((point) => point.intensity), ...knees];
  const rates = [...all.map((point) => point.rate), ...level.ceilings.map((ceiling) => ceiling.rate)];
  return {
    x: [down(Math.min(...intensities)), up(Math.max(...intensities))],
    y: [down(Math.min(...rates)), up(Math.max(...rates))],
  };
}
