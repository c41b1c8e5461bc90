import { describe, expect, it } from 'vitest';
import type { KeyClass } from '../../src/cache/engine/key-class.ts';
import { UpstreamTimeout } from '../../src/domain/errors.ts';
import { failureCodec } from '../../src/repository/failure-codec.ts';
import { createKeyClasses } from '../../src/repository/key-classes.ts';
import { startCacheProcess } from '../support/cache-process.ts';

const TTLS = { sellers: 60_000, catalogs: 60_000, filter: 1000, unknown: 1000, stale: 60_000 };

const keyClasses = Object.values(createKeyClasses(TTLS, null)) as unknown as KeyClass<unknown, unknown>[];

describe('a load over the time limit of its class', () => {
  it.each(keyClasses.map((keyClass) => [keyClass.name, keyClass] as const))(
    'is UpstreamTimeout for the caller, for other processes and in the log: %s',
    async (name, keyClass) => {
      const { cache, events } = await startCacheProcess();
      const impatient = { ...keyClass, policy: { ...keyClass.policy, hardTimeoutMs: 5 } };
      const id =
        name === 'filtered-catalogs' ? { sellerId: 1, filter: {} } : name === 'filtered-sellers' ? {} : 1;
      const failure = await cache
        .get(impatient, id, () => new Promise(() => {}))
        .catch((error: unknown) => error as Error);
      expect(failure).toBeInstanceOf(UpstreamTimeout);
      expect(events).toContainEqual({ type: 'load-failed', keyClass: name, count: 1, cause: failure });
      const elsewhere = failureCodec.fromText(failureCodec.toText(failure as Error));
      expect(elsewhere).toBeInstanceOf(UpstreamTimeout);
      expect(elsewhere.message).toBe('The catalog service timed out.');
    },
  );
});
