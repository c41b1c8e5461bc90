import { readFileSync } from 'node:fs';

/** The data of a peer: a file that the benchmark fills from the gateway's responses. */
export interface World {
  /** The gateway's public schema, as text. */
  readonly typeDefs: string;
  readonly sellers: readonly SellerRecord[];
  /** The responses of the server that only sends stored bytes. */
  readonly stored: readonly StoredAnswer[];
}

export interface SellerRecord {
  readonly id: string;
  readonly name: string | null;
  readonly customerDisplayId: number | null;
  /** Soonest first. */
  readonly futureCatalogs: readonly CatalogRecord[];
}

export interface CatalogRecord {
  readonly id: string;
  readonly title: string | null;
  readonly customerCatalogId: string | null;
  /** Text, as on the wire. The peers need not format dates, which is in their favour. */
  readonly startDate: string;
}

export interface StoredAnswer {
  readonly request: string;
  readonly response: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The arguments of every peer. */
export function readArguments(): { readonly port: number; readonly world: World } {
  const [port, file = ''] = process.argv.slice(2);
  return { port: Number(port), world: JSON.parse(readFileSync(file, 'utf8')) as World };
}
