import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Context } from '../../../schema/index.ts';

/** Adds the errors of fields whose values stand to the errors of the result. */
export function useFailures(): Plugin<Context> {
  return {
    onExecute({ args: { contextValue } }) {
      return {
        onExecuteDone({ result, setResult }) {
          const { failures } = contextValue as Context;
          if (failures.length === 0 || !('data' in result)) return;
          const { data, errors = [] } = result as ExecutionResult;
          setResult({ data: data ?? null, errors: [...errors, ...failures] });
        },
      };
    },
  };
}
