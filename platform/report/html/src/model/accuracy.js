// What a number of right answers says about all images there could be.

/** Wilson's interval of a proportion; z = 1.96: 95 %. */
export function interval(correct, images, z = 1.96) {
  if (images === 0) return [0, 1];
  const p = correct / images;
  const middle = (p + (z * z) / (2 * images)) / (1 + (z * z) / images);
  const half = (z / (1 + (z * z) / images)) * Math.sqrt((p * (1 - p)) / images + (z * z) / (4 * images * images));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** How often each class was predicted: [count of class 0, ...]. */
export function histogram(predictions) {
  const counts = Array.from({ length: Math.max(0, ...predictions) + 1 }, () => 0);
  for (const label of predictions) counts[label] += 1;
  return counts;
}
