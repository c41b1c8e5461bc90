import { type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { HttpEvent } from '../../events.ts';
import type { PreparedOperations } from '../limits/plugin.ts';
import { CompleteResponse } from './complete-response.ts';
import { Bail } from './plan/bail.ts';
import { createPlans } from './plan/plan-cache.ts';

// A plan is made in about a millisecond, and saves about 5 µs a value.
const MAX_VALUES_WITHOUT_PLAN = 6000;

/**
 * Executes queries by compiled plans, if there is one and it completes. All unusual cases are left to the
 * executor that runs otherwise, so that errors are said in its words, and nulls go as far up as it lets them. That
 * runs in the same context, whose loaders have by then all that the plan has read. So the resolvers of the schema's
 * queries must read through loaders alone.
 */
export function usePlans(
  schema: GraphQLSchema,
  prepared: PreparedOperations,
  report: (event: HttpEvent) => void,
): Plugin {
  const plans = createPlans(schema, report);
  return {
    onExecute({ args: { document, operationName, contextValue }, executeFn, setExecuteFn }) {
      const operation = getOperationAST(document, operationName);
      const given = prepared.get(contextValue as object);
      if (operation?.operation !== OperationTypeNode.QUERY || !given) return;
      const { variables, cost } = given;
      const isRepeated = plans.isRepeated(operation);
      if (!isRepeated && cost.values <= MAX_VALUES_WITHOUT_PLAN) return;
      const plan = plans.planFor(document, operation, variables, isRepeated);
      if (!plan) return;
      setExecuteFn(async (args: Parameters<typeof executeFn>[0]) => {
        try {
          return new CompleteResponse(await plan.run(args.contextValue, variables));
        } catch (cause) {
          const isFault = !(cause instanceof Bail);
          if (isFault) report({ type: 'internal-error', cause });
          report({ type: 'plan-abandoned', why: isFault ? 'fault' : cause.why });
          return executeFn(args);
        }
      });
    },
  };
}
