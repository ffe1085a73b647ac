import { html } from 'hono/html';
import type { Organisation } from '../state/organisation.ts';
import type { User } from '../state/model.ts';

export type Html = ReturnType<typeof html>;

/** What every page knows: whose browser it is and where it is. */
export interface Visit {
  user: User;
  path: string;
  /** The query with its `?`, or nothing. */
  search: string;
}

/** The frame around each page. `live` content is refreshed in place once a second. */
export function layout(org: Organisation, visit: Visit, title: string, live: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Developer portal</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/portal.css" />
        <script src="/assets/live.js" defer></script>
      </head>
      <body>
        <aside class="side">
          <a class="brand" href="/">Developer portal</a>
          <nav aria-label="Catalog">
            <h2>Catalog</h2>
            ${[...org.store.blueprints.values()].map((each) =>
              navLink(visit, `/catalog/${encodeURIComponent(each.identifier)}`, each.title),
            )}
            <h2>Self-service</h2>
            ${navLink(visit, '/runs', 'Runs')}
          </nav>
          <p class="note">A local stand-in of Port. Nothing here leaves this machine.</p>
        </aside>
        <div class="page">
          <header class="top">
            <h1>${title}</h1>
            ${userSwitch(org, visit)}
          </header>
          <main data-live>${live}</main>
        </div>
      </body>
    </html>`;
}

function navLink(visit: Visit, href: string, text: string): Html {
  const current = visit.path === href || visit.path.startsWith(`${href}/`);
  return html`<a href="${href}" ${current ? html`aria-current="page"` : ''}>${text}</a>`;
}

function userSwitch(org: Organisation, visit: Visit): Html {
  return html`<form class="who" method="post" action="/user" aria-label="Signed in as">
    <input type="hidden" name="back" value="${visit.path}${visit.search}" />
    ${org.users.map(
      (user) =>
        html`<button
          name="user"
          value="${user.id}"
          title="${user.email}"
          aria-pressed="${user.id === visit.user.id ? 'true' : 'false'}"
        >
          <b>${user.firstName} ${user.lastName}</b><small>${user.role}</small>
        </button>`,
    )}
  </form>`;
}

/** A coloured label. */
export function pill(text: string, color: string): Html {
  return html`<span class="pill ${color}">${text}</span>`;
}

/** An instant as the portal shows it, in UTC. */
export function moment(iso: string): Html {
  const parsed = new Date(iso);
  const shown = Number.isNaN(parsed.getTime())
    ? iso
    : parsed
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC');
  return html`<time datetime="${iso}">${shown}</time>`;
}

/** A link, only when it is a web address; anything else stays text. */
export function webLink(address: string): Html {
  if (!/^https?:\/\//i.test(address)) return html`${address}`;
  return html`<a href="${address}" target="_blank" rel="noreferrer"
    >${address.replace(/^https?:\/\//i, '')}</a
  >`;
}
