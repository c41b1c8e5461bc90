/** The first comes to lie at the top, and is drawn first: each covers what is below its own line. */
export function stack(columns) {
  const sums = [];
  let below = columns[0].map(() => 0);
  for (const column of columns.toReversed()) {
    below = column.map((value, at) => (value === null ? null : value + (below[at] ?? 0)));
    sums.unshift(below);
  }
  return sums;
}
