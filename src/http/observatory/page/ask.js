/** The gateway refused the request. The message is the gateway's. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The gateway did not respond, or a proxy in front of it responded. */
export class Unreachable extends Error {}

const PATIENCE_MS = 10_000;

/** Sends a request to the admin API. The browser adds the credentials that opened this page. Throws Refused or Unreachable. */
export async function ask(path, body) {
  const response = await window
    .fetch(`/admin/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : null,
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    .catch(() => {
      throw new Unreachable('The gateway did not respond.');
    });
  const answer = read(await response.text().catch(() => ''));
  if (response.ok && answer) return answer;
  const said = answer?.errors?.[0]?.message;
  if (said === undefined)
    throw new Unreachable(`A proxy in front of the gateway responded with status ${response.status}.`);
  throw new Refused(response.status, said);
}

/** JSON with its instants, which come in ISO 8601, in milliseconds since the epoch; null for anything else than JSON. */
function read(text) {
  try {
    return JSON.parse(text, (name, value) =>
      typeof value === 'string' && /^(at|.+At)$/.test(name) ? Date.parse(value) : value,
    );
  } catch {
    return null;
  }
}
