/** Bounds the number of items of an LRUCache. With `max` it would allocate the memory of all of them at the start. */
export function bounded(items: number) {
  return { maxSize: items, sizeCalculation: () => 1 };
}
