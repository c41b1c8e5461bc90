/** Cells by the values of labels: each combination has one, made when it is first asked for. */
export interface Series<C> {
  cell(...values: string[]): C;
  all(): readonly (readonly [values: readonly string[], cell: C])[];
}

interface Node<C> {
  readonly values: readonly string[];
  readonly next: Map<string, Node<C>>;
  cell?: C;
}

/** A map a label, since a text that is put together for each event would have to be hashed for each. */
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
