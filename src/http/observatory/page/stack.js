/** Stacks the series, the first on top. It is drawn first, because each series covers the area below its own line. */
export function stack(columns) {
  const sums = [];
  let below = columns[0].map(() => 0);
  for (const column of columns.toReversed()) {
    below = column.map((value, at) => (value === null ? null : value + (below[at] ?? 0)));
    sums.unshift(below);
  }
  return sums;
}
