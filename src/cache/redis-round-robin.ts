import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';

interface Address {
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
      // The name is what a certificate is checked against; an address is none.
      this.stream = tls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
      this.stream.once('error', (error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
}
