import { initGraphQLTada, type ResultOf } from 'gql.tada';
import type { introspection } from '../../operations/generated-schema.d.ts';

// #region query
/** The scalars as JSON has them: a DateTime is a text. */
const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; ID: string };
}>();

export const OpeningSoon = graphql(`
  query OpeningSoon($to: DateTime) {
    upcomingCatalogs(to: $to) {
      items { id title startDate }
      totalItems
    }
  }
`);

/** A title and a date may be null, and the type says so. */
export const headlineOf = ({ title, startDate }: OpeningCatalog) =>
  `${title ?? 'Untitled'}, ${startDate?.slice(0, 10) ?? 'no date yet'}`;

type OpeningCatalog = ResultOf<typeof OpeningSoon>['upcomingCatalogs']['items'][number];
// #endregion
