// Trained networks by pattern and density, means over seeds.

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation of a sample; 0 of a single value. */
export function deviation(values) {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** All N:M of one N are a line; so is every other pattern. */
export const family = (pattern) => (pattern.includes(':') ? `${pattern.split(':')[0]}:M` : pattern);

/** Of float, int8 and all-ternary networks: what the others are compared with; null for all others. */
export function level(network) {
  if (network.pattern === 'dense') return `int${network.value_bits}`;
  return ['float', 'ternary'].includes(network.pattern) ? network.pattern : null;
}

function grouped(networks, key) {
  const groups = new Map();
  for (const network of networks) {
    const name = key(network);
    groups.set(name, [...(groups.get(name) ?? []), network]);
  }
  return groups;
}

/**
 * {patterns: [{name, points: [{density, mean, deviation, seeds}]}], levels: [{name, mean, deviation, seeds}]} of a figure in per
 * cent; densities in per cent, ascending.
 */
export function byDensity(networks, figure) {
  const known = networks.filter((network) => Number.isFinite(network[figure]));
  const summary = (members) => {
    const values = members.map((network) => network[figure]);
    return { mean: mean(values), deviation: deviation(values), seeds: values.length };
  };
  const patterns = [
    ...grouped(
      known.filter((network) => level(network) === null),
      (network) => family(network.pattern),
    ),
  ].map(([name, members]) => ({
    name,
    points: [...grouped(members, (network) => 100 * network.density)]
      .map(([density, same]) => ({ density, ...summary(same) }))
      .sort((a, b) => a.density - b.density),
  }));
  const levels = [
    ...grouped(
      known.filter((network) => level(network) !== null),
      level,
    ),
  ].map(([name, members]) => ({ name, ...summary(members) }));
  return { patterns, levels };
}
