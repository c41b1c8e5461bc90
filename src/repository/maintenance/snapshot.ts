import { hash } from 'node:crypto';
import type { Catalog } from '../../domain/catalog.ts';
import type { Seller } from '../../domain/seller.ts';
import { catalogCodec, sellerCodec } from '../codecs.ts';
import { inSlices } from '../slices.ts';

/** Digests of a seller and of each of its catalogs. */
export interface SellerSnapshot {
  readonly digest: bigint;
  /** The digest of each catalog by its id. */
  readonly catalogs: ReadonlyMap<number, bigint>;
}

/** The state of the source at one time: its sellers by id, in the order of its list. */
export type Snapshot = ReadonlyMap<number, SellerSnapshot>;

/** A truncated or otherwise invalid snapshot. */
export class NotASnapshot extends Error {
  override name = 'NotASnapshot' as const;
}

export function snapshotOf(seller: Seller, catalogs: readonly Catalog[]): SellerSnapshot {
  return {
    digest: digestOf(sellerCodec.toBytes(seller)),
    catalogs: new Map(catalogs.map((catalog) => [catalog.id, digestOf(catalogCodec.toBytes(catalog))])),
  };
}

/** Digest of the stored projection, which has every field that a response shows. The chance of a collision is 2^-64. */
function digestOf(row: Buffer): bigint {
  return hash('sha256', row, 'buffer').readBigUInt64LE();
}

// A seller is its id, its digest and its number of catalogs, which follow; a catalog is its id and its digest.
const SELLER_BYTES = 4 + 8 + 4;
const CATALOG_BYTES = 4 + 8;

/** Packed length in characters: about 21 per seller and 16 per catalog. */
export function packedLength(snapshot: Snapshot): number {
  return 4 * Math.ceil(bytesOf(snapshot) / 3);
}

function bytesOf(snapshot: Snapshot): number {
  let catalogs = 0;
  for (const seller of snapshot.values()) catalogs += seller.catalogs.size;
  return snapshot.size * SELLER_BYTES + catalogs * CATALOG_BYTES;
}

/** The snapshot in base64. */
export async function packSnapshot(snapshot: Snapshot): Promise<string> {
  const packed = Buffer.alloc(bytesOf(snapshot));
  let at = 0;
  const write = (id: number, digest: bigint) => {
    at = packed.writeInt32LE(id, at);
    at = packed.writeBigUInt64LE(digest, at);
  };
  await inSlices(snapshot, ([sellerId, seller]) => {
    write(sellerId, seller.digest);
    at = packed.writeUInt32LE(seller.catalogs.size, at);
    for (const [id, digest] of seller.catalogs) write(id, digest);
  });
  return packed.toString('base64');
}

/** @throws NotASnapshot for text that is not from `packSnapshot`. */
export async function unpackSnapshot(text: unknown): Promise<Snapshot> {
  if (typeof text !== 'string') throw new NotASnapshot('the snapshot is not text');
  const snapshot = new Map<number, SellerSnapshot>();
  await inSlices(sellersIn(Buffer.from(text, 'base64')), ([id, seller]) => snapshot.set(id, seller));
  return snapshot;
}

function* sellersIn(packed: Buffer): Generator<[id: number, seller: SellerSnapshot]> {
  let at = 0;
  while (at < packed.length) {
    const [sellerId, digest] = read(SELLER_BYTES);
    const count = packed.readUInt32LE(at - 4);
    const catalogs = new Map<number, bigint>();
    for (let each = 0; each < count; each += 1) catalogs.set(...read(CATALOG_BYTES));
    yield [sellerId, { digest, catalogs }];
  }

  /** Reads the id and the digest at the start of a record of this length, and moves past the record. */
  function read(length: number): [id: number, digest: bigint] {
    if (at + length > packed.length) throw new NotASnapshot('truncated snapshot');
    const record: [number, bigint] = [packed.readInt32LE(at), packed.readBigUInt64LE(at + 4)];
    at += length;
    return record;
  }
}
