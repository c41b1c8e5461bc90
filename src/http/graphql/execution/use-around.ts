import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Runs an execution with what surrounds it, such as a span of a trace. `operation`: its name, if it has one. */
export type AroundExecution = <T>(operation: string | null, work: () => Promise<T>) => Promise<T>;

/** Comes last of the plugins, so that what is surrounded is all that they have made of the execution. */
export function useAround(around: AroundExecution): Plugin {
  return {
    onExecute({ args: { document, operationName }, executeFn, setExecuteFn }) {
      const operation = getOperationAST(document, operationName)?.name?.value ?? null;
      setExecuteFn((args: Parameters<typeof executeFn>[0]) => around(operation, async () => executeFn(args)));
    },
  };
}
