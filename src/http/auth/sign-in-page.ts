import type { Principal } from '../../domain/principal.ts';
import { PATHS } from '../paths.ts';

/** What the page tells about the attempt or the sign-out before. */
export type Notice =
  | { readonly kind: 'rejected' | 'unavailable' | 'signed-out' | 'sign-out-kept' }
  | { readonly kind: 'limited'; readonly retryAfterMs: number };

export interface SignInState {
  /** Null for nobody: the page has the form. */
  readonly principal: Principal | null;
  /** The page to return to, as `safeNext` gives it. */
  readonly next: string;
  /** The user name of the attempt before. */
  readonly username?: string;
  /** Shown with the form. */
  readonly notice?: Notice | null;
  /** The pages that this gateway serves. */
  readonly links: SignInLinks;
}

export interface SignInLinks {
  readonly graphiql: boolean;
  readonly observatory: boolean;
}

/** The page as HTML without any script. All that it is given is escaped. */
export function renderSignIn(state: SignInState): string {
  const { principal } = state;
  const [title, content] =
    principal === null ? ['Sign in', renderForm(state)] : ['Your account', renderAccount(principal, state)];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} · Catalog gateway</title>
<link rel="icon" href="${PATHS.signIn}/icon.svg">
<link rel="stylesheet" href="${PATHS.signIn}/theme.css">
<link rel="stylesheet" href="${PATHS.signIn}/page.css">
</head>
<body>
<main>
<p class="brand"><img src="${PATHS.signIn}/icon.svg" alt="" width="32" height="32"> Catalog gateway</p>
<section class="card" aria-labelledby="title">
<h1 id="title">${title}</h1>
${content}
</section>
</main>
</body>
</html>
`;
}

function renderForm({ next, username = '', notice = null }: SignInState): string {
  const invalid = notice?.kind === 'rejected' ? ' aria-invalid="true" aria-describedby="notice"' : '';
  // After a wrong password the user name is usually right.
  const [first, second] = username === '' ? [' autofocus', ''] : ['', ' autofocus'];
  return `<p class="hint">Use your ABConnect account.</p>
${renderNotice(notice)}<form method="post" action="${actionFor(next)}">
<label for="username">User name</label>
<input id="username" name="username" value="${escapeHtml(username)}" autocomplete="username" autocapitalize="none" spellcheck="false" required${invalid}${first}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${invalid}${second}>
<button class="primary" name="action" value="sign-in">Sign in</button>
</form>
<p class="footnote">ABConnect checks the password. The gateway does not keep it.</p>`;
}

function renderAccount(
  { name, kind, signedInAt, expiresAt }: Principal,
  { next, links }: SignInState,
): string {
  const pages = [
    ...(links.graphiql ? [`<li><a href="${PATHS.graphql}">GraphiQL</a></li>`] : []),
    ...(links.observatory ? [`<li><a href="${PATHS.observatory}">Observatory</a></li>`] : []),
  ];
  const signOut = `<form method="post" action="${actionFor(next)}" class="actions">
<button name="action" value="sign-out">Sign out</button>
<button name="action" value="sign-out-everywhere" class="danger">Sign out everywhere</button>
</form>
<p class="footnote">“Everywhere” ends your sessions in all browsers.</p>`;
  return `<p class="who">Signed in as <strong><bdi>${escapeHtml(name)}</bdi></strong></p>
<dl>
${signedInAt === null ? '' : `<dt>Since</dt><dd>${renderTime(signedInAt)}</dd>\n`}<dt>Ends by</dt><dd>${renderTime(expiresAt)}</dd>
</dl>
${pages.length === 0 ? '' : `<ul class="pages" aria-label="Pages">${pages.join('')}</ul>\n`}${kind === 'user' ? signOut : ''}`;
}

function renderNotice(notice: Notice | null): string {
  if (notice === null) return '';
  const { kind } = notice;
  const isError = kind === 'rejected' || kind === 'limited' || kind === 'unavailable';
  return `<p id="notice" class="notice${isError ? ' error' : ''}" role="${isError ? 'alert' : 'status'}">${textOf(notice)}</p>\n`;
}

function textOf(notice: Notice): string {
  switch (notice.kind) {
    case 'rejected':
      return 'Wrong user name or password.';
    case 'limited':
      return `Too many attempts. Try again in ${durationText(notice.retryAfterMs)}.`;
    case 'unavailable':
      return 'Signing in is not available right now. Try again in a moment.';
    case 'signed-out':
      return 'You are signed out.';
    case 'sign-out-kept':
      return 'You are signed out here. Other processes follow as soon as the session store is back.';
  }
}

function durationText(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

// The page has no script, so it does not know the time zone of its reader.
const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

function renderTime(ms: number): string {
  const at = new Date(ms);
  return `<time datetime="${at.toISOString()}">${TIME.format(at)} UTC</time>`;
}

function actionFor(next: string): string {
  return escapeHtml(`${PATHS.signIn}?next=${encodeURIComponent(next)}`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.toWellFormed().replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
}
