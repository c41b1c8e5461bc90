import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type Executor, executionChannel } from '../../events.ts';
import { CompleteResponse } from './complete-response.ts';

/**
 * Publishes executions on `executionChannel`, and calls `onExecuted` after each. The last plugin, so that all that the others
 * make of an execution is in it.
 */
export function useChannel(onExecuted: (by: Executor) => void): Plugin {
  return {
    onExecute({ args: { document, operationName }, executeFn, setExecuteFn }) {
      const operation = getOperationAST(document, operationName)?.name?.value ?? null;
      setExecuteFn(async (args: Parameters<typeof executeFn>[0]) => {
        const execute = async () => executeFn(args);
        const result = await (executionChannel.hasSubscribers
          ? executionChannel.tracePromise(execute, { operation })
          : execute());
        onExecuted(result instanceof CompleteResponse ? 'planned' : 'reference');
        return result;
      });
    },
  };
}
