import {
  type DocumentNode,
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getVariableValues,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { pageRequest } from '../../schema/index.ts';
import { fragmentsOf } from './fragments.ts';

/**
 * How many list items an operation may make the server produce: each paginated field counts its `pageSize`, and
 * for every one of those items what is asked of it. The document must be valid for the schema. Variables that are
 * not count nothing here, since execution refuses them.
 * @throws GraphQLError where a variable that may be null is null in a place that needs a value.
 */
export function pageCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  const fragments = fragmentsOf(document);
  const { variableValues } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (!variableValues) return 0;
  // A selection set has one parent type and so one cost, wherever it is spread.
  const counted = new Map<SelectionSetNode, number>();
  const root = schema.getRootType(operation.operation);
  return costOf(operation.selectionSet, root);

  function costOf(
    selectionSet: SelectionSetNode | undefined,
    parent: GraphQLNamedType | null | undefined,
  ): number {
    if (!selectionSet) return 0;
    const known = counted.get(selectionSet);
    if (known !== undefined) return known;
    let cost = 0;
    for (const selection of selectionSet.selections.filter(isIncluded)) {
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

  function isIncluded(selection: SelectionNode): boolean {
    return (
      getDirectiveValues(GraphQLSkipDirective, selection, variableValues)?.if !== true &&
      getDirectiveValues(GraphQLIncludeDirective, selection, variableValues)?.if !== false
    );
  }

  function costOfField(node: FieldNode, parent: GraphQLNamedType | null | undefined): number {
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (!field) return 0;
    const perItem = costOf(node.selectionSet, getNamedType(field.type));
    if (!field.args.some(({ name }) => name === 'pageSize')) return perItem;
    const { page, pageSize } = getArgumentValues(field, node, variableValues);
    if (typeof page !== 'number' || typeof pageSize !== 'number') return perItem;
    // A root field refuses its own arguments, at its path. Below it something would have been loaded by then.
    if (parent !== root) pageRequest({ page, pageSize });
    return Math.max(0, pageSize) * (1 + perItem);
  }
}
