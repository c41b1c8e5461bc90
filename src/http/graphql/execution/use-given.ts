import type { ExecutionResult } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';

/** How an execution ended: what it came to, or what was thrown before it began. */
export type Outcome =
  | { readonly result: ExecutionResult | AsyncIterable<ExecutionResult> | undefined }
  | { readonly error: unknown };

/** Lets Yoga take the parameters that were read in front of it for those of the request. */
export function useGivenParameters(): Plugin<object, { readonly parameters: unknown }> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      // Whether they are parameters at all is what Yoga checks next.
      setRequestParser(() => serverContext.parameters as GraphQLParams);
    },
  };
}

/** Lets Yoga make an HTTP answer of an outcome that is there already, where it would execute the request. */
export function useGivenOutcome(): Plugin<object, { readonly outcome?: Outcome }> {
  return {
    onParams({ context: { outcome }, setResult }) {
      if (!outcome) return;
      if ('error' in outcome) throw outcome.error;
      if (outcome.result) setResult(outcome.result);
    },
  };
}
