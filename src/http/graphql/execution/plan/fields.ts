import { collectFields, collectSubFields } from '@graphql-tools/utils';
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNullableType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
  type VariableValues,
} from 'graphql';
import { fragmentsOf } from '../../fragments.ts';
import { planArguments } from './arguments.ts';
import { Bail } from './bail.ts';

/** The selected fields of the objects at one place of an operation, in the order of the response. */
export interface ObjectPlan {
  readonly fields: readonly FieldPlan[];
  /** Those that must be resolved before anything is written: they have a resolver, or there is one below them. */
  readonly deferred: readonly ValueField[];
}

export type FieldPlan =
  | ValueField
  | { readonly kind: 'typename'; readonly key: string; readonly typeName: string };

export type ValueField = LeafField | ObjectField;

interface Field {
  /** Its key in the response: the alias, or the name. */
  readonly key: string;
  readonly name: string;
  readonly nonNull: boolean;
  /** Undefined if the value is the parent's property of that name. */
  readonly resolve: GraphQLField<unknown, unknown>['resolve'];
  readonly argumentsFor: ReturnType<typeof planArguments>;
}

interface LeafField extends Field {
  readonly kind: 'leaf';
  readonly type: GraphQLLeafType;
}

export interface ObjectField extends Field {
  readonly kind: 'object' | 'list';
  readonly itemNonNull: boolean;
  readonly object: ObjectPlan;
}

// Response keys are spliced into code. The grammar of GraphQL has them so; this does not rely on it.
const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;

/**
 * Plans the fields of a query, and counts them. The variables decide on @skip and @include.
 * @throws Bail for a field that plans do not support, and for more than `maxFields` fields; GraphQLError if
 * arguments of a field or directive do not fit.
 */
export function planFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: VariableValues,
  maxFields: number,
): { readonly root: ObjectPlan; readonly count: number } {
  const fragments = Object.fromEntries(fragmentsOf(document));
  const rootType = schema.getQueryType();
  if (!rootType || operation.variableDefinitions?.some(isProto)) throw new Bail('operation');
  let count = 0;
  const { fields } = collectFields(schema, fragments, variables, rootType, operation.selectionSet);
  return { root: planObject(rootType, fields), count };

  function planObject(type: GraphQLObjectType, nodesByKey: ReadonlyMap<string, FieldNode[]>): ObjectPlan {
    const planned = [...nodesByKey].map(([key, nodes]) => planField(type, key, nodes));
    return { fields: planned, deferred: planned.filter(isDeferred) };
  }

  function planField(parent: GraphQLObjectType, key: string, nodes: FieldNode[]): FieldPlan {
    count += 1;
    const [node] = nodes;
    if (count > maxFields || !NAME.test(key) || !node) throw new Bail('operation');
    if (node.name.value === '__typename') return { kind: 'typename', key, typeName: parent.name };
    const definition = parent.getFields()[node.name.value];
    // Introspection, a resolver with a parameter for its path, and a root field without a resolver.
    if (!definition || (definition.resolve?.length ?? 0) > 3) throw new Bail('operation');
    if (parent === rootType && !definition.resolve) throw new Bail('operation');
    const { name, resolve } = definition;
    const common = { key, name, resolve, argumentsFor: planArguments(definition, node) };
    return { ...common, ...planValue(definition, nodes) };
  }

  function planValue({ type }: GraphQLField<unknown, unknown>, nodes: FieldNode[]) {
    const nonNull = isNonNullType(type);
    const nullable = getNullableType(type);
    if (isLeafType(nullable)) return { kind: 'leaf' as const, nonNull, type: nullable };
    const isList = isListType(nullable);
    const objectType = isList ? getNullableType(nullable.ofType) : nullable;
    if (!isObjectType(objectType) || objectType.isTypeOf) throw new Bail('operation');
    return {
      kind: isList ? ('list' as const) : ('object' as const),
      nonNull,
      itemNonNull: isList && isNonNullType(nullable.ofType),
      object: planObject(
        objectType,
        collectSubFields(schema, fragments, variables, objectType, nodes).fields,
      ),
    };
  }
}

function isDeferred(field: FieldPlan): field is ValueField {
  if (field.kind === 'typename') return false;
  return field.resolve !== undefined || (field.kind !== 'leaf' && field.object.deferred.length > 0);
}

/** Whether it is the one name that the reference executor, which has variables in a plain object, does not find again. */
function isProto({ variable }: VariableDefinitionNode): boolean {
  return variable.name.value === '__proto__';
}
