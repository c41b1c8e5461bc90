import { getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { PreparedOperations } from '../limits/plugin.ts';
import { CompleteResponse } from './complete-response.ts';
import type { Plans } from './plan/plan-cache.ts';

// A plan is made in about a millisecond, and saves about 5 µs a value.
const MAX_VALUES_WITHOUT_PLAN = 6000;

/**
 * Notes queries for plans. One that is executed for the first time and may return thousands of values is executed by a plan
 * of its own.
 */
export function usePlans(
  plans: Plans,
  prepared: PreparedOperations,
  onAbandoned: (cause: unknown) => void,
): Plugin {
  return {
    onExecute({ args: { document, operationName, contextValue }, executeFn, setExecuteFn }) {
      const operation = getOperationAST(document, operationName);
      const given = prepared.get(contextValue as object);
      if (operation?.operation !== OperationTypeNode.QUERY || !given || plans.isKnown(operation)) return;
      plans.note(operation);
      const { variables, cost } = given;
      if (cost.values <= MAX_VALUES_WITHOUT_PLAN) return;
      const plan = plans.planOnce(document, operation, variables);
      if (!plan) return;
      setExecuteFn(async (args: Parameters<typeof executeFn>[0]) => {
        try {
          return new CompleteResponse(await plan.run(args.contextValue, variables));
        } catch (cause) {
          onAbandoned(cause);
          return executeFn(args);
        }
      });
    },
  };
}
