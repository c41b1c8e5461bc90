import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const DISCONNECT_TIMEOUT_MS = 2000;

/** Connects to one of the addresses, and after it was lost to the next. */
export function roundRobinConnector(
  addresses: readonly Address[],
  tls: boolean,
): NonNullable<RedisOptions['Connector']> {
  let turn = 0;
  return class RoundRobinConnector extends AbstractConnector {
    constructor() {
      super(DISCONNECT_TIMEOUT_MS);
    }

    async connect() {
      this.connecting = true;
      const { host, port } = addresses[turn % addresses.length] as Address;
      turn += 1;
      // The certificate is checked against the host either way. The name is for a server that has several, and an
      // address is none (RFC 6066).
      const name = isIP(host) === 0 && { servername: host };
      this.stream = tls ? connectTls({ host, port, ...name }) : connectTcp({ host, port });
      this.stream.once('error', (error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
}
