import {
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getVariableValues,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from './fragments.ts';

/**
 * How many list items an operation may make the server produce: each paginated field counts its `pageSize`, and
 * for every one of those items what is asked of it. The document must be valid for the schema; arguments or
 * variables that are not count nothing here, since execution refuses them.
 */
export function pageCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  const fragments = fragmentsOf(document);
  const { variableValues } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  // A selection set has one parent type and so one cost, wherever it is spread.
  const counted = new Map<SelectionSetNode, number>();
  return costOf(operation.selectionSet, schema.getRootType(operation.operation));

  function costOf(
    selectionSet: SelectionSetNode | undefined,
    parent: GraphQLNamedType | null | undefined,
  ): number {
    if (!selectionSet) return 0;
    const known = counted.get(selectionSet);
    if (known !== undefined) return known;
    let cost = 0;
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) cost += costOfField(selection, parent);
      else {
        const { selectionSet: inner, typeCondition } =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : (fragments.get(selection.name.value) ?? {});
        cost += costOf(inner, typeCondition ? schema.getType(typeCondition.name.value) : parent);
      }
    }
    counted.set(selectionSet, cost);
    return cost;
  }

  function costOfField(node: FieldNode, parent: GraphQLNamedType | null | undefined): number {
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (!field) return 0;
    const perItem = costOf(node.selectionSet, getNamedType(field.type));
    if (!field.args.some(({ name }) => name === 'pageSize')) return perItem;
    const { pageSize } = getArgumentValues(field, node, variableValues);
    return typeof pageSize === 'number' && pageSize > 0 ? pageSize * (1 + perItem) : 0;
  }
}
