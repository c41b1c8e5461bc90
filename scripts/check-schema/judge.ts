import { BreakingChangeType, DangerousChangeType, type SchemaChange } from 'graphql';

interface BreakingChange {
  /** Such as `Seller`, `Seller.name`, `Query.seller(id:)` or `@defer(if:)`. */
  readonly coordinate: string;
  readonly description: string;
}

interface Judgement {
  readonly dangerous: readonly SchemaChange[];
  readonly named: readonly BreakingChange[];
  readonly unnamed: readonly BreakingChange[];
}

// graphql has the coordinate of a change only in its description, behind words such as "Field" or "A required argument".
const COORDINATE =
  /^(?:(?:Field|Argument|Directive|Enum value|A required (?:argument|field)|Standard scalar|Repeatable flag was removed from|\w+ was removed from(?: union type)?) )?(@?\w+(?:\.\w+)?(?:\(\w+:\))?)/;

/** The changes by what the text of a changelog must say of them. Descriptions, and other safe changes, do not count. */
export function judge(changes: readonly SchemaChange[], changelog: string): Judgement {
  const once = [...new Map(changes.map((change) => [change.description, change])).values()];
  const breaking = once.filter(({ type }) => Object.hasOwn(BreakingChangeType, type)).map(withCoordinate);
  const isNamed = ({ coordinate }: BreakingChange) => changelog.includes(`\`${coordinate}\``);
  return {
    dangerous: once.filter(({ type }) => Object.hasOwn(DangerousChangeType, type)),
    named: breaking.filter(isNamed),
    unnamed: breaking.filter((change) => !isNamed(change)),
  };
}

function withCoordinate({ description }: SchemaChange): BreakingChange {
  const [, coordinate = description] = COORDINATE.exec(description) ?? [];
  return { coordinate, description };
}
