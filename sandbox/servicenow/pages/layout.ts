import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** A piece of a page. */
export type Piece = HtmlEscapedString | Promise<HtmlEscapedString>;

/** One entry of the navigator. */
export type MenuEntry = { readonly title: string; readonly href: string; readonly hint: string };

/** One application of the navigator. */
export type MenuGroup = { readonly title: string; readonly entries: readonly MenuEntry[] };

/** What every page shows around its content. */
export type Frame = {
  readonly title: string;
  readonly path: string;
  readonly menu: readonly MenuGroup[];
  readonly user: string;
  readonly users: readonly string[];
  readonly writes: number;
  readonly notices: readonly { kind: 'info' | 'error'; text: string }[];
};

const CSS = `
*{box-sizing:border-box}body{margin:0;font:14px/1.45 system-ui,"Segoe UI",Arial,sans-serif;color:#1f2a33;background:#eef1f4}
a{color:#1b66c9;text-decoration:none}a:hover{text-decoration:underline}
header{background:#1d2733;color:#fff;display:flex;align-items:center;gap:16px;padding:8px 16px}
header b{font-size:16px;letter-spacing:.2px}header .sandbox{background:#81b5a1;color:#10202b;border-radius:3px;padding:1px 7px;font-size:12px}
header form{margin-left:auto;display:flex;gap:8px;align-items:center}
main{display:grid;grid-template-columns:230px 1fr;min-height:calc(100vh - 46px)}
nav{background:#293e51;color:#dfe7ee;padding:10px 0}nav h3{margin:12px 14px 4px;font-size:12px;font-weight:600;color:#9fb3c5}
nav a{display:block;color:#fff;padding:6px 14px 6px 24px}nav a:hover{background:#35506a;text-decoration:none}nav a.here{background:#81b5a1;color:#10202b}
section{padding:16px;min-width:0}
.bar{display:flex;align-items:center;gap:10px;background:#fff;border:1px solid #cfd6dd;border-bottom:2px solid #81b5a1;padding:9px 14px;flex-wrap:wrap}
.bar h1{font-size:17px;margin:0}.bar .sub{color:#66788a}.bar .right{margin-left:auto;display:flex;gap:8px;flex-wrap:wrap}
.card{background:#fff;border:1px solid #cfd6dd;border-top:0;padding:14px;margin-bottom:16px}
.grid{display:grid;grid-template-columns:1fr 1fr;gap:8px 28px}.grid .wide{grid-column:1/-1}
label{display:grid;grid-template-columns:150px 1fr;align-items:center;gap:10px;color:#43525f}
label>*:last-child{color:#1f2a33}input,select,textarea{font:inherit;padding:5px 7px;border:1px solid #b6c0ca;border-radius:3px;width:100%;background:#fff}
textarea{min-height:60px}input[readonly],textarea[readonly]{background:#f0f3f5;border-color:#dbe1e6}
button{font:inherit;padding:5px 12px;border:1px solid #9aa9b7;border-radius:3px;background:#fff;cursor:pointer}button:hover{background:#eef3f7}
button.primary{background:#1f8476;border-color:#1f8476;color:#fff}button.good{background:#2f7d4f;border-color:#2f7d4f;color:#fff}
button.link{border:0;background:none;color:#1b66c9;padding:2px 6px}.links{margin:12px 0 0;border-top:1px solid #e1e6ea;padding-top:8px}
header label{color:#dfe7ee;display:block;white-space:nowrap}button{white-space:nowrap}
button.bad{background:#b3372f;border-color:#b3372f;color:#fff}
table{border-collapse:collapse;width:100%;background:#fff}th{font-weight:600;text-align:left;color:#43525f;background:#f3f6f8}
td:first-child,.tag{white-space:nowrap}
th,td{padding:6px 10px;border-bottom:1px solid #e1e6ea;vertical-align:top}td{max-width:420px;overflow-wrap:break-word}
.scroll{overflow-x:auto;border:1px solid #cfd6dd;border-top:0;margin-bottom:16px}
.tag{display:inline-block;border-radius:10px;padding:0 9px;background:#e3e8ed}.tag.approved,.tag.delivered,.tag.ok{background:#cfeedd;color:#155a35}
.tag.rejected,.tag.dead,.tag.failed{background:#f8d4d1;color:#8c1d15}.tag.requested,.tag.pending,.tag.delivering,.tag.warning{background:#fdeec7;color:#6d4d00}
.note{border-left:3px solid #81b5a1;padding:4px 10px;margin:8px 0;background:#f6f9fa;white-space:pre-wrap}.note small{color:#66788a;display:block}
.msg{padding:8px 14px;border:1px solid #9cc6b4;background:#e6f4ee;margin-bottom:10px}.msg.error{border-color:#e0a39e;background:#fbe9e7}
.inline{display:flex;gap:6px}.inline input{min-width:180px}.empty{padding:14px;color:#66788a;background:#fff}
@media(max-width:900px){main{grid-template-columns:1fr}.grid{grid-template-columns:1fr}}
`;

/** Reloads the page when data changed, unless someone is typing in it. */
const LIVE = `
let dirty=false;addEventListener('input',()=>{dirty=true});
const seen=document.body.dataset.writes;
setInterval(async()=>{if(dirty||document.hidden)return;
try{const r=await fetch('/_ui/writes');if(r.ok&&(await r.text())!==seen)location.reload()}catch{}},1000);
`;

/** A whole page. */
export function page(frame: Frame, content: Piece | ''): Piece {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${frame.title} | ServiceNow stand-in</title>
        <style>
          ${raw(CSS)}
        </style>
      </head>
      <body data-writes="${frame.writes}">
        <header>
          <b>ServiceNow</b><span class="sandbox">sandbox stand-in</span>
          <form method="post" action="/_ui/user">
            <input type="hidden" name="back" value="${frame.path}" />
            <label for="user">Signed in as</label>
            <select id="user" name="user" onchange="this.form.submit()">
              ${frame.users.map((name) => option(name, name, frame.user))}
            </select>
            <noscript><button>Switch</button></noscript>
          </form>
        </header>
        <main>
          <nav aria-label="All applications">${frame.menu.map((group) => menuGroup(group, frame.path))}</nav>
          <section>
            ${frame.notices.map((notice) => html`<div class="msg ${notice.kind}" role="status">${notice.text}</div>`)}
            ${content}
          </section>
        </main>
        <script>
          ${raw(LIVE)};
        </script>
      </body>
    </html>`;
}

function menuGroup(group: MenuGroup, path: string): Piece {
  return html`<h3>${group.title}</h3>
    ${group.entries.map((entry) => {
      const here = entry.href === path ? 'here' : '';
      return html`<a class="${here}" href="${entry.href}" title="${entry.hint}">${entry.title}</a>`;
    })}`;
}

/** One choice of a select box. */
export function option(value: string, label: string, selected: string): Piece {
  return value === selected
    ? html`<option value="${value}" selected>${label}</option>`
    : html`<option value="${value}">${label}</option>`;
}
