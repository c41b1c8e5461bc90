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
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type VariableValues,
} from 'graphql';
import { checkListArguments } from '../../../schema/index.ts';
import { fragmentsOf } from '../fragments.ts';

/** The work that an operation may cause. */
export interface OperationCost {
  /** List items: each paginated field counts its `pageSize`, and the cost of its selections for each of these items. */
  readonly items: number;
  /** Values in the response, counted for every item. */
  readonly values: number;
  /**
   * Upstream calls if nothing is cached, whatever the number of upstream pages for each. A field of the root counts one,
   * and a list of catalogs one for each 25 sellers. Those with a filter count twice, because they are rarely cached. The
   * catalogs of all sellers count ten: they are kept for all requests.
   */
  readonly calls: number;
}

/** Fields that are loaded for many parents together. All other fields below the root come with their parent. */
const BATCHED_FIELDS: ReadonlySet<string> = new Set(['Seller.catalogs', 'Seller.futureCatalogs']);
const BATCH_SIZE = 25;
const FILTER_FACTOR = 2;
const CALLS_FOR_ALL_SELLERS = 10;
// A list without pages whose length no argument gives. Most catalogs have one seller, some have two.
const SELLERS_OF_CATALOG = 'Catalog.sellers';
const SELLERS_PER_CATALOG = 2;

/** The cost of a selection set; `batched` are the calls of which each is enough for a batch of parents. */
interface Cost extends OperationCost {
  readonly batched: number;
}

interface SelectionCost {
  readonly own: Cost;
  /** The cost that its lists add for each item. */
  readonly perItem: Cost;
}

const NOTHING: Cost = { items: 0, values: 0, calls: 0, batched: 0 };
const NONE: SelectionCost = { own: NOTHING, perItem: NOTHING };

/**
 * The document must be valid for the schema, and nested no deeper than the limit.
 * @throws GraphQLError if a nullable variable is null in a place that needs a value; BadUserInput for a page
 * below the root that is out of bounds.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: VariableValues,
): OperationCost {
  const fragments = fragmentsOf(document);
  // A selection set has one parent type and so one cost, wherever it is spread.
  const counted = new Map<SelectionSetNode, SelectionCost>();
  const root = schema.getRootType(operation.operation);
  const { items, values, calls, batched } = flat(costOf(operation.selectionSet, root));
  return { items, values, calls: calls + batched };

  function costOf(
    selectionSet: SelectionSetNode | undefined,
    parent: GraphQLNamedType | null | undefined,
  ): SelectionCost {
    if (!selectionSet) return NONE;
    const known = counted.get(selectionSet);
    if (known) return known;
    let { own, perItem } = NONE;
    for (const selection of selectionSet.selections) {
      if (!isIncluded(selection)) continue;
      const cost = costOfSelection(selection, parent);
      own = sum(own, cost.own);
      perItem = sum(perItem, cost.perItem);
    }
    const total = { own, perItem };
    counted.set(selectionSet, total);
    return total;
  }

  function costOfSelection(
    selection: SelectionNode,
    parent: GraphQLNamedType | null | undefined,
  ): SelectionCost {
    if (selection.kind === Kind.FIELD) return costOfField(selection, parent);
    const { selectionSet, typeCondition } =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : (fragments.get(selection.name.value) ?? {});
    return costOf(selectionSet, typeCondition ? schema.getType(typeCondition.name.value) : parent);
  }

  function isIncluded(selection: SelectionNode): boolean {
    return (
      getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if !== true &&
      getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false
    );
  }

  function costOfField(node: FieldNode, parent: GraphQLNamedType | null | undefined): SelectionCost {
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    const value = { ...NOTHING, values: 1 };
    // `__typename`, which fragments may select many times over, and introspection.
    if (!field) return { own: parent === root ? NOTHING : value, perItem: NOTHING };
    const below = costOf(node.selectionSet, getNamedType(field.type));
    const name = `${parent}.${field.name}`;
    if (isListType(getNullableType(field.type))) {
      const { ids } = parent === root ? getArgumentValues(field, node, variables) : {};
      // A list of a page has as many items as the page.
      if (!Array.isArray(ids) && name !== SELLERS_OF_CATALOG) return { own: value, perItem: flat(below) };
      const length = Array.isArray(ids) ? ids.length : SELLERS_PER_CATALOG;
      const list = {
        items: parent === root ? length : 0,
        values: 1,
        calls: parent === root ? 1 : 0,
        batched: 0,
      };
      return { own: sum(list, multiplied(flat(below), length)), perItem: NOTHING };
    }
    // Other arguments are refused at their field.
    const isPaged = field.args.some(({ name }) => name === 'pageSize');
    const given = isPaged ? getArgumentValues(field, node, variables) : {};
    const { page, pageSize, filter, sellerIds } = given;
    const isPage = typeof page === 'number' && typeof pageSize === 'number';
    // A root field refuses its own arguments, at its path. Below it something would have been loaded by then.
    if (isPage && parent !== root) checkListArguments({ ...given, page, pageSize });
    const times = isPage ? Math.max(0, pageSize) : 1;
    const isBatched = BATCHED_FIELDS.has(name);
    const loads = field.name === 'upcomingCatalogs' ? callsForSellers(sellerIds) : filter ? FILTER_FACTOR : 1;
    const own = sum(value, {
      items: isPage ? times : 0,
      values: 0,
      calls: parent === root ? loads : 0,
      batched: isBatched ? loads : 0,
    });
    return { own: sum(own, sum(below.own, multiplied(below.perItem, times))), perItem: NOTHING };
  }
}

function callsForSellers(sellerIds: unknown): number {
  return Array.isArray(sellerIds) ? Math.ceil(sellerIds.length / BATCH_SIZE) : CALLS_FOR_ALL_SELLERS;
}

/** The cost for so many items, whose batches are calls. */
function multiplied({ items, values, calls, batched }: Cost, times: number): Cost {
  return {
    items: items * times,
    values: values * times,
    calls: calls * times + batched * Math.ceil(times / BATCH_SIZE),
    batched: 0,
  };
}

/** The cost of a list without pages: one item stands for all. */
function flat({ own, perItem }: SelectionCost): Cost {
  return sum(own, perItem);
}

function sum(a: Cost, b: Cost): Cost {
  return {
    items: a.items + b.items,
    values: a.values + b.values,
    calls: a.calls + b.calls,
    batched: a.batched + b.batched,
  };
}
