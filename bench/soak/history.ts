/** How the caches were told of a change: by a signed delivery, or not at all, so that the poller has to find it. */
export type Told = 'by webhook' | 'by the poller';

interface Change {
  readonly version: number;
  readonly at: number;
  readonly told: Told;
  /** When a gateway acknowledged that it knows; never, for what is for the poller to find. */
  acknowledgedAt: number;
}

/** An answer that showed less than what was at the source when it was asked for. */
export interface Staleness {
  /** For how long there had been something newer, in milliseconds. */
  readonly ms: number;
  /** How long before the request the newer one had been acknowledged; negative where it had not. */
  readonly sinceAcknowledgedMs: number;
  readonly told: Told;
}

/** What each catalog has been at the source, so that an answer can be judged. Times are of one clock. */
export interface History {
  /** To be called before the source is changed: from then on a reader may see it. */
  begin(
    catalogId: string,
    told: Told,
  ): { readonly title: string; changed(at: number): void; acknowledged(at: number): void };
  /** Judges a title that was shown to a request sent at `askedAt`; null where it was the newest, or is none of ours. */
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
      // What was still on its way to the source when the request was sent does not count.
      const newer = (changesOf.get(catalogId) ?? []).filter(
        ({ version, at }) => version > shown && at < askedAt,
      );
      const [superseding] = newer;
      if (!superseding) return null;
      // Any of them, once it is acknowledged, says that what was shown is over.
      const acknowledged = newer.toSorted((one, other) => one.acknowledgedAt - other.acknowledgedAt)[0];
      return {
        ms: askedAt - superseding.at,
        sinceAcknowledgedMs: askedAt - (acknowledged?.acknowledgedAt ?? Number.POSITIVE_INFINITY),
        told: superseding.told,
      };
    },
  };
}
