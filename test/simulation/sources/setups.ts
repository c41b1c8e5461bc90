import type { NamespacesOptions } from '../../../src/config/namespaces.ts';

/** How a process is configured. Processes of one source differ in the form of their entries by the time zone. */
export interface Setup {
  readonly source: string;
  readonly form: string;
  readonly namespaces: NamespacesOptions;
}

type Source = NamespacesOptions['source'];

const account = (username: string): Source => ({
  kind: 'abconnect',
  catalogUrl: 'https://catalog.example/api',
  identityUrl: 'https://login.example/token',
  credentials: { username, clientId: 'client' },
});

const SOURCES: Readonly<Record<string, Source>> = {
  'an account': account('one'),
  'another account': account('two'),
  'the sandbox': { kind: 'sandbox', data: { seed: 1 } },
};

export const SETUPS: readonly Setup[] = Object.entries(SOURCES).flatMap(([name, source]) =>
  ['UTC', 'America/New_York'].map((timeZone) => ({
    source: name,
    form: `${name} in ${timeZone}`,
    namespaces: { prefix: 'cat_v1', source, timeZone },
  })),
);
