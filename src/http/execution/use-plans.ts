import { type GraphQLSchema, getOperationAST, getVariableValues, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { HttpEvent } from '../events.ts';
import { CompleteAnswer } from './complete-answer.ts';
import { Bail } from './plan/bail.ts';
import { createPlans } from './plans.ts';

/**
 * Executes queries by compiled plans, where there is one and it comes to the end. Whatever is unusual is left to the
 * executor that runs otherwise, so that errors are said in its words, and nulls go as far up as it lets them. That
 * runs in the same context, whose loaders have by then all that the plan has read. So the resolvers of the schema's
 * queries must read through loaders alone.
 */
export function usePlans(schema: GraphQLSchema, report: (event: HttpEvent) => void): Plugin {
  const plans = createPlans(schema, report);
  return {
    onExecute({ args: { document, operationName, variableValues: inputs }, executeFn, setExecuteFn }) {
      const operation = getOperationAST(document, operationName);
      if (operation?.operation !== OperationTypeNode.QUERY || !plans.isRepeated(operation)) return;
      const { variableValues } = getVariableValues(schema, operation.variableDefinitions ?? [], inputs ?? {});
      const plan = variableValues && plans.planFor(document, operation, variableValues);
      if (!plan) return;
      setExecuteFn(async (args: Parameters<typeof executeFn>[0]) => {
        try {
          return new CompleteAnswer(await plan.run(args.contextValue, variableValues));
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
