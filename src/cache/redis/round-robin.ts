import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const DISCONNECT_TIMEOUT_MS = 2000;

/** Connects to one of the addresses, and to the next one after each loss. */
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
      // TLS checks the certificate against the host in either case. The server name selects one of several certificates;
      // an IP address is not allowed there (RFC 6066).
      const name = isIP(host) === 0 && { servername: host };
      this.stream = tls ? connectTls({ host, port, ...name }) : connectTcp({ host, port });
      this.stream.once('error', (error) => {
        this.firstError = error;
      });
      return this.stream;
    }
  };
}
