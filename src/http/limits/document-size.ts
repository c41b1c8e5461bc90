import { type DocumentNode, Kind, type SelectionSetNode, visit } from 'graphql';
import { fragmentsOf } from './fragments.ts';

/** Counts the aliases anywhere in the document. */
export function countAliases(document: DocumentNode): number {
  let aliases = 0;
  visit(document, {
    Field({ alias }) {
      if (alias) aliases += 1;
    },
  });
  return aliases;
}

/**
 * How many fields deep the document's operations are nested, fragments included. Introspection is left out:
 * graphql limits that by a rule of its own. The document need not be valid.
 */
export function depthOf(document: DocumentNode): number {
  const fragments = fragmentsOf(document);
  // Each selection set is measured once, or a chain of doubled spreads would take for ever. One that is met while
  // it is being measured spreads itself, which validation refuses.
  const measured = new Map<SelectionSetNode, number>();
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  return Math.max(0, ...operations.map((operation) => depthBelow(operation.selectionSet)));

  function depthBelow(selectionSet: SelectionSetNode | undefined): number {
    if (!selectionSet) return 0;
    const known = measured.get(selectionSet);
    if (known !== undefined) return known;
    measured.set(selectionSet, 0);
    const depths = selectionSet.selections.map((selection) => {
      if (selection.kind === Kind.INLINE_FRAGMENT) return depthBelow(selection.selectionSet);
      const name = selection.name.value;
      if (selection.kind === Kind.FRAGMENT_SPREAD) return depthBelow(fragments.get(name)?.selectionSet);
      return name.startsWith('__') ? 0 : 1 + depthBelow(selection.selectionSet);
    });
    const depth = Math.max(0, ...depths);
    measured.set(selectionSet, depth);
    return depth;
  }
}
