import {
  type DocumentNode,
  type FragmentSpreadNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { fragmentsOf } from '../fragments.ts';
import { MAX_NESTING } from './parse.ts';
import { refusal, tooMuch } from './refusal.ts';

// Responses and errors repeat names: an alias occurs once for each item.
const MAX_NAME_LENGTH = 100;

// Validation compares each with every other.
const MAX_REPEATS = 200;

/**
 * Counts the aliases anywhere in the document.
 * @throws GraphQLError for a name that is too long, and a field that is selected too often in one place.
 */
export function countAliases(document: DocumentNode): number {
  let aliases = 0;
  visit(document, {
    Name({ value }) {
      if (value.length > MAX_NAME_LENGTH)
        throw tooMuch(`has a name of ${value.length} characters`, MAX_NAME_LENGTH);
    },
    Field({ alias }) {
      if (alias) aliases += 1;
    },
    SelectionSet: refuseRepeats,
  });
  return aliases;
}

function refuseRepeats({ selections }: SelectionSetNode): void {
  if (selections.length <= MAX_REPEATS) return;
  const counts = new Map<string, number>();
  for (const selection of selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const key = (selection.alias ?? selection.name).value;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count > MAX_REPEATS)
      throw refusal(
        `The field ${key} is selected more than ${MAX_REPEATS} times in one place. Validation aborted.`,
      );
  }
}

/** The nesting of a document, with the selections of fragments in place of their spreads. */
export interface Nesting {
  /** How many fields deep its operations are. Introspection is left out: graphql limits that by a rule of its own. */
  readonly depth: number;
  /** How many selection sets are open at once; at most one more than `MAX_NESTING` is counted. */
  readonly height: number;
  /** A spread that leads back to its own fragment. */
  readonly cycle: FragmentSpreadNode | null;
}

export function depthOf(document: DocumentNode): number {
  return nestingOf(document).depth;
}

/** Measures a document, which need not be valid, with a bounded stack: it comes before whatever recurses into fragments. */
export function nestingOf(document: DocumentNode): Nesting {
  const fragments = fragmentsOf(document);
  // Each selection set is measured once, or a chain of doubled spreads would take for ever.
  const measured = new Map<SelectionSetNode, Pick<Nesting, 'depth' | 'height'>>();
  const open = new Set<SelectionSetNode>();
  let cycle: FragmentSpreadNode | null = null;
  let depth = 0;
  let height = 0;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION)
      depth = Math.max(depth, measure(definition.selectionSet, 1).depth);
    // One that is not spread is validated all the same.
    if (definition.kind === Kind.FRAGMENT_DEFINITION) measure(definition.selectionSet, 1);
  }
  return { depth, height, cycle };

  function measure(selectionSet: SelectionSetNode | undefined, level: number) {
    const known = selectionSet && measured.get(selectionSet);
    height = Math.max(height, level + (known?.height ?? 0) - 1);
    if (known) return known;
    const size = { depth: 0, height: 0 };
    if (!selectionSet || height > MAX_NESTING) return size;
    open.add(selectionSet);
    for (const selection of selectionSet.selections) {
      const isField = selection.kind === Kind.FIELD;
      if (isField && selection.name.value.startsWith('__')) continue;
      const below = measure(selectionsBelow(selection), level + 1);
      size.depth = Math.max(size.depth, below.depth + (isField ? 1 : 0));
      size.height = Math.max(size.height, below.height);
    }
    open.delete(selectionSet);
    size.height += 1;
    measured.set(selectionSet, size);
    return size;
  }

  function selectionsBelow(selection: SelectionNode): SelectionSetNode | undefined {
    if (selection.kind !== Kind.FRAGMENT_SPREAD) return selection.selectionSet;
    const spread = fragments.get(selection.name.value)?.selectionSet;
    if (!spread || !open.has(spread)) return spread;
    cycle ??= selection;
    return undefined;
  }
}
