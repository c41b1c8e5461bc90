import type { VariableValues } from 'graphql';
import { NotAtOnce } from '../../../../cache/index.ts';
import { after, type MaybePromise } from '../../../../domain/maybe-promise.ts';
import { Bail } from './bail.ts';
import type { ObjectPlan, ValueField } from './fields.ts';
import { checkList, checkObject, isThenable } from './values.ts';

/** The values of one field for all parents at its place, in the order in which the writer reads them. */
export interface Slot {
  values: readonly unknown[];
  /** Which of the values is written next. */
  next: number;
  /** The slots of the deferred fields below, in their order. */
  readonly children: Slot[];
}

/** The parameters that an execution passes to every resolver. */
export interface Scope {
  readonly context: unknown;
  readonly variables: VariableValues;
}

export function createSlot(): Slot {
  return { values: [], next: 0, children: [] };
}

/**
 * Calls the resolvers breadth first: each field for all of its parents, then the fields below for all values of it. There is
 * no promise as long as no resolver returns one. Otherwise there is one a field, where the reference executor has one for
 * every value, and loaders get whole batches.
 * @throws Bail if a resolver fails, or returns a value without fields.
 */
export function resolveFields(
  { deferred }: ObjectPlan,
  parents: readonly unknown[],
  slot: Slot,
  scope: Scope,
): MaybePromise<void> {
  const waits: Promise<void>[] = [];
  try {
    for (const field of deferred) {
      const child = createSlot();
      slot.children.push(child);
      const wait = after(valuesOf(field, parents, scope), (values) =>
        resolveBelow(field, values, child, scope),
      );
      if (wait instanceof Promise) waits.push(wait);
    }
  } catch (error) {
    throw withHandlers(waits, error);
  }
  if (waits.length > 0) return Promise.all(waits).then(() => {});
}

function resolveBelow(
  field: ValueField,
  values: readonly unknown[],
  slot: Slot,
  scope: Scope,
): MaybePromise<void> {
  slot.values = values;
  if (field.kind === 'leaf' || field.object.deferred.length === 0) return;
  const below = objectsAmong(values, field.kind === 'list');
  if (below.length > 0) return resolveFields(field.object, below, slot, scope);
}

function valuesOf(
  { name, resolve, argumentsFor }: ValueField,
  parents: readonly unknown[],
  { context, variables }: Scope,
): MaybePromise<unknown[]> {
  if (!resolve) return parents.map((parent) => (parent as Record<string, unknown>)[name]);
  const given = argumentsFor(variables);
  let waits = false;
  const values: unknown[] = [];
  for (const parent of parents) {
    try {
      // No resolver gets its path: plans do not support those that need it.
      const value = resolve(parent, given, context, undefined as never);
      waits ||= isThenable(value);
      values.push(value);
    } catch (error) {
      // The trial has ended: nothing else needs to be resolved.
      if (error instanceof NotAtOnce) throw withHandlers(values, error);
      waits = true;
      values.push(Promise.reject(error));
    }
  }
  if (!waits) return values;
  return Promise.all(values).catch(() => {
    throw new Bail('resolver');
  });
}

/** The error, once the promises that nobody awaits because of it have handlers: a rejection without one ends the process. */
function withHandlers(promises: readonly unknown[], error: unknown): unknown {
  void Promise.allSettled(promises);
  return error;
}

/** The objects to go on with, one after the other. The writer leaves out the same. */
function objectsAmong(values: readonly unknown[], areLists: boolean): unknown[] {
  const objects: unknown[] = [];
  for (const value of values) {
    if (value === null || value === undefined) continue;
    for (const item of areLists ? checkList(value) : [value]) {
      if (item !== null && item !== undefined) objects.push(checkObject(item));
    }
  }
  return objects;
}
