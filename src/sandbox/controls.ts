import type { Clock } from '../domain/clock.ts';
import {
  type CatalogChange,
  readCatalogChange,
  readSellerChange,
  type SellerChange,
} from './data/changes.ts';
import type { RequestCounts, Traffic } from './routes/traffic.ts';
import type { SandboxSettings } from './settings.ts';
import type { Webhooks } from './webhooks.ts';
import { changeWorld, type World } from './world.ts';

/** What can be seen and changed while the sandbox runs. What throws has changed nothing. */
export interface Controls {
  settings(): SandboxSettings;
  /** Other data (seed, sellers, maxCatalogs, lots) drop all changes to the old. Throws InvalidInput. */
  configure(settings: Partial<SandboxSettings>): void;
  requests(): RequestCounts;
  /** How many connections those requests came over. */
  connections(): number;
  resetRequests(): void;
  /** Throws InvalidInput, UnknownRecord. */
  changeSeller(id: number, change: SellerChange): void;
  /** Creates the catalog where there is none and `sellerIds` are given. Throws InvalidInput, UnknownRecord. */
  changeCatalog(id: number, change: CatalogChange): void;
  /** Throws UnknownRecord. */
  removeCatalog(id: number): void;
}

/** `world` holds what is current and is changed in place. `webhooks` report each change of a record. */
export function createControls(of: {
  world: { current: World };
  traffic: Traffic;
  clock: Pick<Clock, 'now'>;
  webhooks: Pick<Webhooks, 'send'> | null;
}): Controls {
  const { world, traffic, clock, webhooks } = of;
  return {
    settings: () => world.current.settings,
    configure(settings) {
      world.current = changeWorld(world.current, settings, clock);
    },
    requests: traffic.requests,
    connections: traffic.connections,
    resetRequests: traffic.reset,
    changeSeller(id, change) {
      world.current.data.changeSeller(id, readSellerChange(change));
      webhooks?.send({ event: 'seller.updated', entity: 'seller', id });
    },
    changeCatalog(id, change) {
      const before = sellersOf(id);
      world.current.data.changeCatalog(id, readCatalogChange(change));
      const sellerIds = [...new Set([...before, ...sellersOf(id)])];
      webhooks?.send({ event: 'catalog.updated', entity: 'catalog', id, sellerIds });
    },
    removeCatalog(id) {
      const sellerIds = sellersOf(id);
      world.current.data.removeCatalog(id);
      webhooks?.send({ event: 'catalog.removed', entity: 'catalog', id, sellerIds });
    },
  };

  function sellersOf(id: number): readonly number[] {
    return world.current.data.catalog(id)?.sellerIds ?? [];
  }
}
