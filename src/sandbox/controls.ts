import type { Clock } from '../domain/clock.ts';
import {
  type CatalogChange,
  readCatalogChange,
  readSellerChange,
  type SellerChange,
} from './data/changes.ts';
import type { RequestCounts, Traffic } from './routes/traffic.ts';
import type { SandboxSettings } from './settings.ts';
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

/** `world` holds what is current and is changed in place. */
export function createControls(of: {
  world: { current: World };
  traffic: Traffic;
  clock: Pick<Clock, 'now'>;
}): Controls {
  const { world, traffic, clock } = of;
  return {
    settings: () => world.current.settings,
    configure(settings) {
      world.current = changeWorld(world.current, settings, clock);
    },
    requests: traffic.requests,
    connections: traffic.connections,
    resetRequests: traffic.reset,
    changeSeller: (id, change) => world.current.data.changeSeller(id, readSellerChange(change)),
    changeCatalog: (id, change) => world.current.data.changeCatalog(id, readCatalogChange(change)),
    removeCatalog: (id) => world.current.data.removeCatalog(id),
  };
}
