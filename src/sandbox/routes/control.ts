import type { Controls } from '../controls.ts';
import type { CatalogChange, SellerChange } from '../data/changes.ts';
import { InvalidInput, UnknownRecord } from '../input.ts';
import type { SandboxSettings } from '../settings.ts';
import { InvalidParameters, positive, readParameters } from './parameters.ts';
import { json, methodNotAllowed, problem, type SandboxResponse } from './response.ts';

export interface ControlRequest {
  readonly method: string;
  readonly path: string;
  /** Null where the client sent too much. */
  readonly body: string | null;
}

/** What a route does by method; `id` is of its path, and the input is JSON that nobody has looked at. */
interface ControlRoute {
  readonly path: RegExp;
  readonly methods: Readonly<
    Record<string, (controls: Controls, id: () => number, input: () => unknown) => SandboxResponse>
  >;
}

const DONE: SandboxResponse = { status: 204, headers: {}, body: '' };

const ROUTES: readonly ControlRoute[] = [
  {
    path: /^\/control$/,
    methods: {
      GET: state,
      PATCH(controls, _, input) {
        controls.configure(input() as Partial<SandboxSettings>);
        return state(controls);
      },
    },
  },
  {
    path: /^\/control\/requests$/,
    methods: {
      DELETE(controls) {
        controls.resetRequests();
        return DONE;
      },
    },
  },
  {
    path: /^\/control\/sellers\/([^/]+)$/,
    methods: {
      PUT(controls, id, input) {
        controls.changeSeller(id(), input() as SellerChange);
        return DONE;
      },
    },
  },
  {
    path: /^\/control\/catalogs\/([^/]+)$/,
    methods: {
      PUT(controls, id, input) {
        controls.changeCatalog(id(), input() as CatalogChange);
        return DONE;
      },
      DELETE(controls, id) {
        controls.removeCatalog(id());
        return DONE;
      },
    },
  },
];

/** The response to a control request: without latency, fault or token. */
export function controlResponse(controls: Controls, { method, path, body }: ControlRequest): SandboxResponse {
  const route = ROUTES.find((candidate) => candidate.path.test(path));
  if (route === undefined) return problem(404);
  const act = Object.hasOwn(route.methods, method) ? route.methods[method] : undefined;
  if (act === undefined) return methodNotAllowed(Object.keys(route.methods));
  if (body === null) return problem(413);
  const id = () => readId(route.path.exec(path)?.[1] ?? '');
  try {
    return act(controls, id, () => readJson(body));
  } catch (error) {
    if (error instanceof InvalidInput) return problem(400, { detail: error.message });
    if (error instanceof InvalidParameters)
      return problem(400, { detail: error.message, errors: error.errors });
    if (error instanceof UnknownRecord) return problem(404, { detail: error.message });
    throw error;
  }
}

function state(controls: Controls): SandboxResponse {
  const readable = {
    settings: controls.settings(),
    requests: controls.requests(),
    connections: controls.connections(),
  };
  return json(200, `${JSON.stringify(readable, null, 2)}\n`);
}

function readId(text: string): number {
  return readParameters({ id: positive }, [['id', text]]).id[0] as number;
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new InvalidInput('the body must be JSON');
  }
}
