import { html } from 'hono/html';
import type { Run, RunStatus } from '../state/model.ts';
import { userById, type Organisation } from '../state/organisation.ts';
import { moment, pill, webLink, type Html } from './layout.ts';

const COLORS: Record<RunStatus, string> = {
  IN_PROGRESS: 'yellow',
  SUCCESS: 'green',
  FAILURE: 'red',
  WAITING_FOR_APPROVAL: 'turquoise',
  DECLINED: 'pink',
};
const LABELS: Record<RunStatus, string> = {
  IN_PROGRESS: 'In progress',
  SUCCESS: 'Success',
  FAILURE: 'Failure',
  WAITING_FOR_APPROVAL: 'Waiting for approval',
  DECLINED: 'Declined',
};

/** Runs, newest first. */
export function runTable(org: Organisation, runs: Run[]): Html {
  if (runs.length === 0) return html`<p class="empty">No runs yet.</p>`;
  return html`<div class="card scroll">
    <table>
      <thead>
        <tr>
          <th>Status</th>
          <th>Action</th>
          <th>Entity</th>
          <th>Executed by</th>
          <th>Last message</th>
          <th>Started</th>
          <th>Run</th>
        </tr>
      </thead>
      <tbody>
        ${runs.toReversed().map(
          (run) =>
            html`<tr data-run="${run.id}">
              <td>${status(run)}</td>
              <td><a href="/runs/${run.id}">${run.action.title ?? run.action.identifier}</a></td>
              <td>${run.entity?.title ?? run.entity?.identifier ?? ''}</td>
              <td>${personName(org, run.createdBy)}</td>
              <td>${org.store.logs.get(run.id)?.at(-1)?.message ?? ''}</td>
              <td>${moment(run.createdAt)}</td>
              <td><code>${run.id}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** One run: its status, its links and its log as it grows. */
export function runPage(org: Organisation, run: Run): Html {
  return html`<section class="card">
      <dl>
        <dt>Status</dt>
        <dd>${status(run)}</dd>
        <dt>Run</dt>
        <dd><code>${run.id}</code></dd>
        ${subject(run)}
        <dt>Executed by</dt>
        <dd>${personName(org, run.createdBy)}, from ${run.source}</dd>
        <dt>Started</dt>
        <dd>${moment(run.createdAt)}</dd>
        ${
          run.endedAt === undefined
            ? ''
            : html`<dt>Ended</dt>
                <dd>${moment(run.endedAt)}</dd>`
        }
        ${Object.entries(run.properties).map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${typeof value === 'string' ? value : JSON.stringify(value)}</dd>`,
        )}
        ${
          run.link.length === 0
            ? ''
            : html`<dt>Links</dt>
                <dd>${run.link.map((link) => html`<div>${webLink(link)}</div>`)}</dd>`
        }
        ${
          run.summary === undefined
            ? ''
            : html`<dt>Summary</dt>
                <dd>${run.summary}</dd>`
        }
        ${approval(org, run)}
      </dl>
    </section>
    <h2>Log</h2>
    ${logList(org, run)} ${callDetails(org, run)}`;
}

function subject(run: Run): Html | '' {
  if (run.entity === undefined || run.blueprint === undefined) return '';
  const href = `/catalog/${encodeURIComponent(run.blueprint.identifier)}/${encodeURIComponent(run.entity.identifier)}`;
  return html`<dt>Entity</dt>
    <dd><a href="${href}">${run.entity.title ?? run.entity.identifier}</a></dd>`;
}

function approval(org: Organisation, run: Run): Html | '' {
  if (run.approval !== undefined) {
    const { state, userId, description } = run.approval;
    return html`<dt>Approval</dt>
      <dd>${state} by ${personName(org, userId)} ${description ?? ''}</dd>`;
  }
  if (run.status !== 'WAITING_FOR_APPROVAL') return '';
  return html`<dt>Approval</dt>
    <dd>
      <form method="post" action="/runs/${run.id}/approval">
        <button class="button primary" name="status" value="APPROVE">Approve</button>
        <button class="button" name="status" value="DECLINE">Decline</button>
      </form>
    </dd>`;
}

function logList(org: Organisation, run: Run): Html {
  const logs = org.store.logs.get(run.id) ?? [];
  if (logs.length === 0) return html`<p class="empty">Nothing was reported yet.</p>`;
  return html`<ol class="log" aria-live="polite">
    ${logs.map(
      (log) =>
        html`<li class="${log.terminationStatus ?? ''}">
          ${moment(log.createdAt)}<span>${log.message}</span>
        </li>`,
    )}
  </ol>`;
}

// What the portal sent for this run, so that a reader sees the other end of the webhook.
function callDetails(org: Organisation, run: Run): Html | '' {
  const calls = org.store.invocations.filter((each) => each.runId === run.id);
  if (calls.length === 0) return '';
  return html`<h2>Webhook</h2>
    ${calls.map(
      (call) =>
        html`<section class="card">
          <p><b>${call.method}</b> <code>${call.url}</code> → ${outcomeText(call.outcome)}</p>
          <pre>${call.body}</pre>
        </section>`,
    )}`;
}

function outcomeText(outcome: { status: number } | { error: string } | 'dropped' | 'pending'): string {
  if (typeof outcome === 'string') return outcome === 'dropped' ? 'lost on the way' : 'waiting for an answer';
  return 'status' in outcome ? `answered ${outcome.status}` : `failed: ${outcome.error}`;
}

function status(run: Run): Html {
  return html`<span data-status="${run.status}"
    >${pill(run.statusLabel ?? LABELS[run.status], COLORS[run.status])}</span
  >`;
}

function personName(org: Organisation, id: string): string {
  const user = userById(org, id);
  return user === undefined ? id : `${user.firstName} ${user.lastName}`;
}
