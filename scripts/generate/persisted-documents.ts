import { createHash } from 'node:crypto';
import { concatAST, type DefinitionNode, type DocumentNode, Kind, print, visit } from 'graphql';

/**
 * A plugin of GraphQL Code Generator that writes the manifest of trusted documents: the text of each operation with its
 * fragments, as clients print it, by the SHA-256 of that text.
 */
export function plugin(_: unknown, files: readonly { readonly document?: DocumentNode }[]): string {
  const { definitions } = concatAST(files.flatMap(({ document }) => document ?? []));
  const operations = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const manifest = operations.map((operation) => {
    const text = print({ kind: Kind.DOCUMENT, definitions: withFragments(operation, definitions) });
    return [createHash('sha256').update(text).digest('hex'), text];
  });
  return `${JSON.stringify(Object.fromEntries(manifest), null, 2)}\n`;
}

/** The fragments in the order of their first spread, as in the typed documents. */
function withFragments(operation: DefinitionNode, all: readonly DefinitionNode[]): DefinitionNode[] {
  const needed = new Set([operation]);
  // The loop also visits the fragments that it adds.
  for (const definition of needed) {
    visit(definition, {
      FragmentSpread({ name }) {
        const fragment = all.find(
          (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === name.value,
        );
        if (fragment) needed.add(fragment);
      },
    });
  }
  return [...needed];
}
