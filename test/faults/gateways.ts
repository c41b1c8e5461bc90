import { expect, onTestFinished } from 'vitest';
import {
  SANDBOX_CREDENTIALS,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '../../src/sandbox/server.ts';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';

export const SELLERS = '{ sellers(pageSize: 3) { totalItems items { id name } } }';

/** Gateway processes in front of one upstream. All end with the test. */
export interface Gateways {
  readonly sandbox: Sandbox;
  /** Those that name it as the upstream. */
  readonly upstream: Readonly<Record<string, string>>;
  /** Starts one with these variables beside those that name the upstream. */
  start(variables: Record<string, string>): Promise<GatewayProcess>;
  /** Sends the requests at once, spread over the processes, and says what came of them; how often a key was loaded. */
  storm(what: string, processes: readonly GatewayProcess[], requests?: number): Promise<number>;
}

/** Each answer of the upstream takes `latencyMs`. */
export async function openGateways(
  latencyMs: number,
  webhooks: SandboxOptions['webhooks'] = null,
): Promise<Gateways> {
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    settings: { latencyMs: { min: latencyMs, max: latencyMs } },
    clock: Date,
    webhooks,
  });
  onTestFinished(() => sandbox.close());
  const { username, password, clientId, clientSecret } = SANDBOX_CREDENTIALS;
  const upstream = {
    ABCONNECT_CATALOG_URL: sandbox.catalogUrl,
    ABCONNECT_IDENTITY_URL: sandbox.identityUrl,
    ABCONNECT_USERNAME: username,
    ABCONNECT_PASSWORD: password,
    ABCONNECT_CLIENT_ID: clientId,
    ABCONNECT_CLIENT_SECRET: clientSecret,
  };
  return {
    sandbox,
    upstream,
    async start(variables) {
      const gateway = await startGatewayProcess({ ...upstream, LOG_LEVEL: 'info', ...variables });
      onTestFinished(() => gateway.kill());
      return gateway;
    },
    async storm(what, processes, requests = 200) {
      const startedAt = performance.now();
      let longestMs = 0;
      const answers = await Promise.all(
        Array.from({ length: requests }, async (_, index) => {
          const answer = await (processes[index % processes.length] as GatewayProcess).query(SELLERS);
          longestMs = Math.max(longestMs, performance.now() - startedAt);
          return answer;
        }),
      );
      const errors = answers.flatMap((answer) => answer.errors);
      const distinct = new Set(answers.map(({ data }) => JSON.stringify(data))).size;
      const loads = sandbox.requests()['GET /Seller'] ?? 0;
      process.stdout.write(
        `${what}: ${requests} requests over ${processes.length} processes, ${errors.length} errors, ${loads} loads a key, ` +
          `longest answer ${longestMs.toFixed(0)} ms, ${distinct} distinct answers\n`,
      );
      expect(errors).toEqual([]);
      expect(distinct).toBe(1);
      return loads;
    },
  };
}
