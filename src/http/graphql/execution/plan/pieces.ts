/**
 * The bytes that places of plans wrote for immutable values, in UTF-8. A piece is kept as long as its value, and all pieces
 * together are bounded: the ones that were not used lately go first.
 */
export interface Pieces {
  /** A place of a plan, which writes a value always alike. */
  newPlace(write: (value: object) => string): Place;
}

/** The bytes for a value. They must not be changed. */
type Place = (value: object) => Uint8Array;

/** The pieces of one value, by place. Most values have one or two. After 16 a new list begins, because lookups pass all. */
interface Piece {
  /** Of the list that begins here. */
  readonly length: number;
  readonly place: number;
  readonly bytes: Uint8Array;
  readonly next: Piece | undefined;
}

// Pieces share large buffers, so that the bound holds for about what they really take.
const MAX_PIECES = 16;
const CHUNK_BYTES = 64 * 1024;
// Measured: a view, its node, and the place in the map.
const BYTES_PER_PIECE = 250;

/** `maxBytes`: about the memory that all pieces take together. */
export function createPieces(maxBytes: number): Pieces {
  // Two generations: a piece that is used moves to the younger one, and the older one is dropped as a whole.
  let young = new WeakMap<object, Piece>();
  let old = new WeakMap<object, Piece>();
  let youngBytes = 0;
  let chunk = Buffer.alloc(0);
  let places = 0;

  return {
    newPlace(write) {
      places += 1;
      const place = places;
      return (value) => {
        const known = find(young.get(value), place);
        if (known) return known;
        const bytes = keep(find(old.get(value), place) ?? Buffer.from(write(value)));
        const others = young.get(value);
        const next = others && others.length < MAX_PIECES ? others : undefined;
        young.set(value, { place, bytes, next, length: (next?.length ?? 0) + 1 });
        return bytes;
      };
    },
  };

  function keep(bytes: Uint8Array): Uint8Array {
    youngBytes += bytes.length + BYTES_PER_PIECE;
    if (youngBytes > maxBytes / 2) {
      old = young;
      young = new WeakMap();
      youngBytes = bytes.length + BYTES_PER_PIECE;
      chunk = Buffer.alloc(0);
    }
    if (bytes.length > CHUNK_BYTES / 4) return bytes;
    if (bytes.length > chunk.length) chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const kept = chunk.subarray(0, bytes.length);
    kept.set(bytes);
    chunk = chunk.subarray(bytes.length);
    return kept;
  }
}

function find(piece: Piece | undefined, place: number): Uint8Array | undefined {
  for (let each = piece; each; each = each.next) if (each.place === place) return each.bytes;
  return undefined;
}
