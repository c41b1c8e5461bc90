/** An immutable list, which may be an array. It returns the same object each time for an item. */
export interface List<T> extends Iterable<T> {
  readonly length: number;
  /** As `Array.prototype.at`. */
  at(position: number): T | undefined;
  /** As `Array.prototype.slice`. */
  slice(start?: number, end?: number): readonly T[];
}

/** The items at the positions from `start` to below `end`, which are between 0 and the length of the list. */
export function viewOf<T>(list: List<T>, start: number, end: number): List<T> {
  return new LazyList(end - start, (position) => list.at(start + position) as T);
}

/** A list that gets an item when it is read. */
export class LazyList<T> implements List<T> {
  readonly length: number;
  readonly #itemAt: (position: number) => T;

  /** `itemAt` gets positions from 0 to below `length`, and returns the same object each time. */
  constructor(length: number, itemAt: (position: number) => T) {
    this.length = length;
    this.#itemAt = itemAt;
  }

  at(position: number): T | undefined {
    const from = position < 0 ? position + this.length : position;
    return from >= 0 && from < this.length ? this.#itemAt(from) : undefined;
  }

  slice(start = 0, end = this.length): readonly T[] {
    const items: T[] = [];
    const last = this.#clamp(end);
    for (let position = this.#clamp(start); position < last; position += 1)
      items.push(this.#itemAt(position));
    return items;
  }

  *[Symbol.iterator](): Generator<T, undefined> {
    for (let position = 0; position < this.length; position += 1) yield this.#itemAt(position);
  }

  #clamp(position: number): number {
    return position < 0 ? Math.max(0, position + this.length) : Math.min(position, this.length);
  }
}
