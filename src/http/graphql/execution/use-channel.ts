import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { executionChannel } from '../../events.ts';

/** Publishes executions on `executionChannel`. The last plugin, so that all that the others make of one is in it. */
export function useChannel(): Plugin {
  return {
    onExecute({ args: { document, operationName }, executeFn, setExecuteFn }) {
      if (!executionChannel.hasSubscribers) return;
      const operation = getOperationAST(document, operationName)?.name?.value ?? null;
      setExecuteFn((args: Parameters<typeof executeFn>[0]) =>
        executionChannel.tracePromise(async () => executeFn(args), { operation }),
      );
    },
  };
}
