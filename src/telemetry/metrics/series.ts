/** Cells by label values: one per combination, created on first use. */
export interface Series<C> {
  cell(...values: string[]): C;
  all(): readonly (readonly [values: readonly string[], cell: C])[];
}

interface Node<C> {
  readonly values: readonly string[];
  readonly next: Map<string, Node<C>>;
  cell?: C;
}

/** One map level per label: a concatenated key would have to be built and hashed for each event. */
export function createSeries<C>(newCell: () => C): Series<C> {
  const root: Node<C> = { values: [], next: new Map() };
  const cells: [readonly string[], C][] = [];

  return {
    cell(...values) {
      let node = root;
      for (const value of values) node = node.next.get(value) ?? grow(node, value);
      return node.cell ?? fill(node);
    },
    all: () => cells,
  };

  function grow(node: Node<C>, value: string): Node<C> {
    const grown: Node<C> = { values: [...node.values, value], next: new Map() };
    node.next.set(value, grown);
    return grown;
  }

  function fill(node: Node<C>): C {
    const cell = newCell();
    node.cell = cell;
    cells.push([node.values, cell]);
    return cell;
  }
}
