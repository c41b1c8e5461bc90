import { setTimeout } from 'node:timers/promises';
import type { Thing } from './fleet.ts';

/** What the caches load from: things that change, and how often each was asked for. */
export interface Upstream {
  readonly load: (id: number) => Promise<Thing>;
  versionOf(id: number): number;
  change(id: number): void;
  loadsOf(id: number): number;
  readonly loads: number;
  /** How many things were asked for. */
  readonly keys: number;
  /** The loads of the one that was asked for most. */
  readonly most: number;
}

/** Each load reads the version when it begins, as the worst of databases would, and takes `latencyMs`. */
export function createUpstream(latencyMs: number, fillingBytes = 0): Upstream {
  const versions = new Map<number, number>();
  const loads = new Map<number, number>();
  const filling = 'x'.repeat(fillingBytes);
  const versionOf = (id: number) => versions.get(id) ?? 0;
  return {
    async load(id) {
      const thing = { version: versionOf(id), filling };
      loads.set(id, (loads.get(id) ?? 0) + 1);
      await setTimeout(latencyMs);
      return thing;
    },
    versionOf,
    change: (id) => void versions.set(id, versionOf(id) + 1),
    loadsOf: (id) => loads.get(id) ?? 0,
    get loads() {
      return [...loads.values()].reduce((sum, each) => sum + each, 0);
    },
    get keys() {
      return loads.size;
    },
    get most() {
      return Math.max(...loads.values());
    },
  };
}
