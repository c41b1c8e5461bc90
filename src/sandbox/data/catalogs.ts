import type { Clock } from '../../domain/clock.ts';
import { type CatalogOwners, createCatalogOwners } from './catalog-owners.ts';
import { createIds, type Ids } from './ids.ts';
import { type Calendar, createCalendar, timeOfDay } from './local-time.ts';
import { between, type Random, randomOf, TOPIC } from './random.ts';
import { agentName, catalogTitle } from './vocabulary.ts';

/** How many days before and after today catalogs start. */
const DAYS_BEFORE = 400;
const DAYS_AFTER = 200;
const MS_PER_QUARTER_HOUR = 900_000;

/** A date as the upstream writes it: without an offset; null or without its key where the catalog has none. */
export type LocalDate = string | null | undefined;

/** A catalog as the sandbox knows it. */
export interface SandboxCatalog {
  readonly id: number;
  readonly customerCatalogId: string | null;
  readonly agent: string | null;
  readonly title: string | null;
  readonly startDate: LocalDate;
  readonly endDate: LocalDate;
  readonly isCompleted: boolean;
  readonly sellerIds: readonly number[];
}

/** The catalogs of a seed, each made up when it is asked for. */
export interface GeneratedCatalogs {
  readonly ids: Ids;
  readonly owners: CatalogOwners;
  at(position: number): SandboxCatalog;
}

/** Dates move with the clock's UTC day, so that a sandbox that runs for weeks still has future catalogs. */
export function generateCatalogs(of: {
  seed: number;
  sellerIds: Ids;
  maxCatalogs: number;
  clock: Pick<Clock, 'now'>;
}): GeneratedCatalogs {
  const { seed, sellerIds, maxCatalogs, clock } = of;
  const owners = createCatalogOwners({ seed, sellers: sellerIds.count, maxCatalogs });
  const calendar = createCalendar(clock);
  const ids = createIds({ seed, topic: TOPIC.catalogId, spacing: 2, count: owners.catalogCount });
  return {
    ids,
    owners,
    at(position) {
      const random = randomOf(seed, TOPIC.catalog, position);
      return {
        id: ids.at(position),
        customerCatalogId: random() < 0.05 ? null : `SB-${between(random, 1000, 99_999)}`,
        agent: agentName(random),
        title: catalogTitle(random, position),
        ...dates(random, calendar),
        sellerIds: owners.sellersOf(position).map(sellerIds.at),
      };
    },
  };
}

type Dates = Pick<SandboxCatalog, 'startDate' | 'endDate' | 'isCompleted'>;

function dates(random: Random, calendar: Calendar): Dates {
  const form = random();
  if (form < 0.03) return { startDate: null, endDate: null, isCompleted: false };
  if (form < 0.05) return { startDate: undefined, endDate: undefined, isCompleted: false };
  const today = calendar.today();
  const startDay = today + between(random, -DAYS_BEFORE, DAYS_AFTER);
  const endDay = startDay + between(random, 0, 14);
  const [start, end] = times(form, random);
  return {
    startDate: `${calendar.name(startDay)}T${start}`,
    endDate: `${calendar.name(endDay)}T${end}`,
    isCompleted: endDay < today,
  };
}

/** When on its days a catalog starts and ends: whole days, the quarter of an hour, or any millisecond. */
function times(form: number, random: Random): readonly [start: string, end: string] {
  if (form < 0.4) return ['00:00:00', '23:59:59'];
  const fraction = form < 0.7;
  // It starts in the morning and ends as late in the afternoon: in order also where both are on one day.
  const quarter = between(random, 0, 12 * 4 - 1) * MS_PER_QUARTER_HOUR;
  const start = fraction ? quarter + between(random, 1, MS_PER_QUARTER_HOUR - 1) : quarter;
  return [timeOfDay(start, fraction), timeOfDay(start + 12 * 4 * MS_PER_QUARTER_HOUR, fraction)];
}
