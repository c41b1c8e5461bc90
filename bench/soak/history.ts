/** How a change reaches the caches: by a signed delivery, or only by the poller. */
export type Told = 'by webhook' | 'by the poller';

interface Change {
  readonly version: number;
  readonly at: number;
  readonly told: Told;
  /** When a gateway acknowledged the delivery; never for a change that the poller has to find. */
  acknowledgedAt: number;
}

/** A response that showed an older state than the source had at the time of the request. */
export interface Staleness {
  /** Time since the newer state existed, in milliseconds. */
  readonly ms: number;
  /** Time from the acknowledgement of the newer state to the request; negative without an acknowledgement. */
  readonly sinceAcknowledgedMs: number;
  readonly told: Told;
}

/** The history of each catalog at the source, to check responses against. All times are from one clock. */
export interface History {
  /** Call it before the source is changed, because readers may see the change from then on. */
  begin(
    catalogId: string,
    told: Told,
  ): { readonly title: string; changed(at: number): void; acknowledged(at: number): void };
  /** Checks a title in the response to a request sent at `askedAt`; null if it was the newest, or not a title of the soak. */
  judge(catalogId: string, title: string | null, askedAt: number): Staleness | null;
}

const TITLE = /^Version (\d+) of /;

export function createHistory(): History {
  const changesOf = new Map<string, Change[]>();
  return {
    begin(catalogId, told) {
      const changes = changesOf.get(catalogId) ?? [];
      changesOf.set(catalogId, changes);
      const version = changes.length + 1;
      const change: Change = { version, at: 0, told, acknowledgedAt: Number.POSITIVE_INFINITY };
      return {
        title: `Version ${version} of ${catalogId}`,
        changed(at) {
          changes.push({ ...change, at });
        },
        acknowledged(at) {
          const made = changes.find((each) => each.version === version);
          if (made) made.acknowledgedAt = at;
        },
      };
    },
    judge(catalogId, title, askedAt) {
      const shown = Number(TITLE.exec(title ?? '')?.[1] ?? 0);
      // A change that had not reached the source when the request was sent does not count.
      const newer = (changesOf.get(catalogId) ?? []).filter(
        ({ version, at }) => version > shown && at < askedAt,
      );
      const [superseding] = newer;
      if (!superseding) return null;
      // The acknowledgement of any newer state makes the shown one outdated.
      const acknowledged = newer.toSorted((one, other) => one.acknowledgedAt - other.acknowledgedAt)[0];
      return {
        ms: askedAt - superseding.at,
        sinceAcknowledgedMs: askedAt - (acknowledged?.acknowledgedAt ?? Number.POSITIVE_INFINITY),
        told: superseding.told,
      };
    },
  };
}
