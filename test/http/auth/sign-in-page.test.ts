import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/domain/principal.ts';
import { renderSignIn, type SignInState } from '../../../src/http/auth/sign-in-page.ts';

const LINKS = { graphiql: true, observatory: true };
const ANNA: Principal = {
  id: 'anna',
  name: 'Anna',
  kind: 'user',
  signedInAt: Date.UTC(2026, 10, 29, 8, 14),
  expiresAt: Date.UTC(2026, 11, 6, 8, 14),
};

const render = (state: Partial<SignInState> = {}) =>
  renderSignIn({ principal: null, next: '/graphql', links: LINKS, ...state });

/** The structure of a page: its tags without the values of their attributes. */
const tagsOf = (html: string) =>
  [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""').replace(/ autofocus/, ''));

describe('the sign-in page of nobody', () => {
  it('has a form with labels that password managers understand', () => {
    const html = render({ next: '/observatory' });
    expect(html).toContain('<form method="post" action="/sign-in?next=%2Fobservatory">');
    expect(html).toMatch(
      /<label for="username">User name<\/label>\n<input id="username"[^>]* autocomplete="username"/,
    );
    expect(html).toMatch(
      /<label for="password">Password<\/label>\n<input id="password"[^>]* type="password" autocomplete="current-password"/,
    );
    expect(html).not.toContain('role="alert"');
  });

  it.each([
    [{ kind: 'rejected' }, 'alert', 'Wrong user name or password.'],
    [{ kind: 'limited', retryAfterMs: 1 }, 'alert', 'Too many attempts. Try again in 1 second.'],
    [{ kind: 'limited', retryAfterMs: 30_001 }, 'alert', 'Too many attempts. Try again in 31 seconds.'],
    [{ kind: 'limited', retryAfterMs: 150_000 }, 'alert', 'Too many attempts. Try again in 3 minutes.'],
    [{ kind: 'unavailable' }, 'alert', 'Signing in is not available right now. Try again in a moment.'],
    [{ kind: 'signed-out' }, 'status', 'You are signed out.'],
    [{ kind: 'sign-out-kept' }, 'status', 'You are signed out here.'],
  ] as const)('tells about %o', (notice, role, text) => {
    expect(render({ notice })).toMatch(new RegExp(`role="${role}">${text.replaceAll('.', '\\.')}`));
  });

  it('keeps the user name of the attempt before, and asks for the password', () => {
    const html = render({ username: 'anna', notice: { kind: 'rejected' } });
    expect(html).toMatch(/<input id="username" name="username" value="anna"(?![^>]*autofocus)/);
    expect(html).toMatch(/<input id="password"[^>]* autofocus>/);
  });
});

describe('the sign-in page of somebody', () => {
  it('says who is signed in, since when and until when', () => {
    const html = render({ principal: ANNA });
    expect(html).toContain('Signed in as <strong><bdi>Anna</bdi></strong>');
    expect(html).toContain('<time datetime="2026-11-29T08:14:00.000Z">29 Nov 2026, 08:14 UTC</time>');
    expect(html).toContain('<time datetime="2026-12-06T08:14:00.000Z">6 Dec 2026, 08:14 UTC</time>');
    expect(html).toContain('value="sign-out">');
    expect(html).toContain('value="sign-out-everywhere"');
  });

  it('links to the pages that the gateway serves', () => {
    expect(render({ principal: ANNA })).toMatch(
      /href="\/graphql">GraphiQL.*href="\/observatory">Observatory/,
    );
    const neither = render({ principal: ANNA, links: { graphiql: false, observatory: false } });
    expect(neither).not.toMatch(/href="\/(graphql|observatory)"|<ul/);
  });

  it('offers no sign-out to a machine, whose token ends by itself', () => {
    const html = render({ principal: { ...ANNA, kind: 'machine', signedInAt: null } });
    expect(html).not.toContain('<form');
    expect(html).not.toContain('Since');
  });
});

it('no text changes the structure of the page or brings in a script', () => {
  const text = fc.oneof(
    fc.constantFrom('"><script>alert(1)</script>', "' onfocus='x", '&quot;', '</bdi></main>', '$&', '\u0000'),
    fc.string({ unit: 'binary' }),
  );
  const plain = [tagsOf(render({ username: 'a' })), tagsOf(render({ principal: ANNA }))];
  fc.assert(
    fc.property(text, (hostile) => {
      expect([
        tagsOf(render({ username: `a${hostile}`, next: hostile })),
        tagsOf(render({ principal: { ...ANNA, name: hostile }, next: hostile })),
      ]).toEqual(plain);
    }),
  );
});

it('the page has no script, no inline style and nothing of another host', () => {
  for (const html of [render(), render({ principal: ANNA })])
    expect(html).not.toMatch(/<script|<style| style=| on\w+=|https?:|src="\/\//);
});
