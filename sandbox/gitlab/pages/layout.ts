import { html, raw } from 'hono/html';
import type { PipelineStatus } from '../state/model.ts';
import { statusLabel } from '../api/present.ts';

type Html = ReturnType<typeof html>;

const CSS = `
:root{--line:#dcdcde;--muted:#626168;--ink:#18171d;--page:#fbfafd}
*{box-sizing:border-box}
body{margin:0;font:14px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page)}
header{background:#171321;color:#fff;padding:10px 24px;display:flex;gap:12px;align-items:center}
header a{color:#fff;text-decoration:none;font-weight:600}
header .mark{width:18px;height:18px;background:#fc6d26;transform:rotate(45deg);border-radius:3px}
header .note{margin-left:auto;color:#a4a3a8;font-size:12px}
nav{padding:10px 24px;border-bottom:1px solid var(--line);background:#fff}
nav a{color:#1068bf;text-decoration:none;margin-right:8px}
main{padding:8px 24px 40px;max-width:1200px;margin:0 auto}
h1{font-size:22px;display:flex;gap:12px;align-items:center}
h2{font-size:15px;margin:24px 0 8px}
a{color:#1068bf}
.strong{font-weight:600;color:var(--ink)}
.muted{color:var(--muted);font-size:12.5px}
code,pre{font-family:ui-monospace,Menlo,monospace;font-size:12.5px}
table{width:100%;border-collapse:collapse;background:#fff;border:1px solid var(--line)}
th,td{text-align:left;padding:8px 12px;border-top:1px solid var(--line);vertical-align:top}
th{background:#f4f4f6;font-size:12.5px;border-top:0}
.card{background:#fff;border:1px solid var(--line);border-radius:6px;padding:10px 14px;margin:8px 0}
.row{display:flex;justify-content:space-between}
.stages{display:flex;gap:16px;flex-wrap:wrap}
.stage{background:#f0eff3;border-radius:8px;padding:4px 12px 8px;min-width:210px}
.stage h2{margin:8px 0}
.job{display:flex;justify-content:space-between;align-items:center}
.job a{color:var(--ink);text-decoration:none}
.badge{font-size:12px;font-weight:600;border-radius:12px;padding:2px 10px;background:#ececef;color:#434248}
.icon{display:inline-block;width:18px;height:18px;line-height:17px;border-radius:50%;text-align:center;
 font-size:11px;color:#fff;background:#89888d}
.icons .icon{margin-right:3px}
.success{background:#c3e6cd;color:#0d532a}.icon.success{background:#108548;color:#fff}
.failed{background:#fdd4cd;color:#8d1300}.icon.failed{background:#dd2b0e;color:#fff}
.running{background:#cbe2f9;color:#0b5cad}.icon.running{background:#1f75cb;color:#fff}
.pending,.waiting{background:#f5d9a8;color:#703800}.icon.pending{background:#c17d10;color:#fff}
.icon.manual{background:#28272d}
.tag{border:1px solid var(--line);border-radius:10px;padding:0 6px}
.notice{background:#c3e6cd;border-radius:6px;padding:8px 14px}.notice.bad{background:#fdd4cd}
.value{white-space:pre-wrap;word-break:break-all;margin:0;max-width:760px}
.log{background:#171321;color:#ececef;padding:16px;border-radius:6px;white-space:pre-wrap;min-height:120px}
button{border:1px solid var(--line);background:#fff;border-radius:4px;cursor:pointer}
`;

const GLYPHS: Partial<Record<PipelineStatus, string>> = {
  success: '✓',
  failed: '✕',
  running: '◔',
  pending: '❙',
  manual: '▶',
  skipped: '»',
  canceled: '⊘',
};

/** A whole page. With `refresh` the browser loads it again every second. */
export function layout(
  title: string,
  crumbs: readonly (readonly [string, string])[],
  body: Html,
  refresh = false,
): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${refresh ? html`<meta http-equiv="refresh" content="1" />` : ''}
        <title>${title} · GitLab stand-in</title>
        <style>
          ${raw(CSS)}
        </style>
      </head>
      <body>
        <header>
          <span class="mark"></span><a href="/">GitLab</a><span class="note">local stand-in</span>
        </header>
        <nav>${crumbs.map(([text, href]) => html`<a href="${href}">${text}</a>`)}</nav>
        <main>${body}</main>
      </body>
    </html>`;
}

export function badge(status: PipelineStatus, text = statusLabel(status)): Html {
  return html`<span class="badge ${status}">${text}</span>`;
}

export function icon(status: PipelineStatus, title: string): Html {
  return html`<span class="icon ${status}" title="${title}: ${status}">${GLYPHS[status] ?? '·'}</span>`;
}

export function when(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
}
