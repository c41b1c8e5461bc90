import { readFileSync } from 'node:fs';

/** What a peer is given to serve: a file that the benchmark fills with what the gateway answers. */
export interface World {
  /** The gateway's public schema, as text. */
  readonly typeDefs: string;
  readonly sellers: readonly SellerRecord[];
  /** What a server that only sends stored bytes sends. */
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
  /** Text, as on the wire: that the peers need not make dates into text is in their favour. */
  readonly startDate: string;
}

export interface StoredAnswer {
  readonly request: string;
  readonly response: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What every peer is started with. */
export function readArguments(): { readonly port: number; readonly world: World } {
  const [port, file = ''] = process.argv.slice(2);
  return { port: Number(port), world: JSON.parse(readFileSync(file, 'utf8')) as World };
}
