export interface Turn<T> {
  readonly item: T;
  /** From 0. */
  readonly round: number;
}

/** Every item once a round; each round starts with another item. */
export function* turns<T>(items: readonly T[], rounds: number): Generator<Turn<T>> {
  for (let round = 0; round < rounds; round += 1) {
    const first = round % items.length;
    for (const item of [...items.slice(first), ...items.slice(0, first)]) yield { item, round };
  }
}
