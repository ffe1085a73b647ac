import { GlideRecord, gs } from '@servicenow/glide';
import { insertRow, isRecorded, queueDelivery, type NewRow } from './glide-outbox.ts';
import { currentSettings, currentTime } from './glide-platform.ts';
import { textOf } from './glide-query.ts';
import { CHANGE_TABLE } from './names.ts';
import { changeBody, type ChangeEvent } from './payload.ts';
import type { Settings } from './settings.ts';

/** Records that a change was created. Runs after the save; never throws. */
export function onChangeCreated(current: GlideRecord): void {
  record('change.created', current);
}

/** Records that a change was updated. Runs after the save; never throws. */
export function onChangeUpdated(current: GlideRecord): void {
  record('change.updated', current);
}

/** Records that a change was deleted. Runs after the delete; never throws. */
export function onChangeDeleted(current: GlideRecord): void {
  record('change.deleted', current);
}

function record(event: ChangeEvent, current: GlideRecord): void {
  try {
    const settings = currentSettings();
    if (!settings.enabled) return;
    const changeId = current.getUniqueValue();
    if (event !== 'change.deleted' && !isWanted(changeId, settings.changeFilter)) return;
    if (isRecorded(event, changeId, textOf(current, 'sys_mod_count'))) return;
    writeMessage(event, 'rule', current, settings);
  } catch (error) {
    gs.error(
      'Changebridge: a {0} was not recorded, the next reconcile of the bridge finds it: {1}',
      event,
      String(error),
    );
  }
}

/** Writes the state of the change to the outbox and asks for its delivery. Throws when it cannot. */
export function writeMessage(
  event: ChangeEvent,
  origin: 'rule' | 'resend',
  current: GlideRecord,
  settings: Settings,
): void {
  const message = messageOf(event, origin, current, settings);
  queueDelivery(insertRow(message), message.changeId);
}

/** The message that tells the state of the change as it is now. */
export function messageOf(
  event: ChangeEvent,
  origin: 'rule' | 'resend',
  current: GlideRecord,
  settings: Settings,
): NewRow {
  const now = currentTime();
  const changeId = current.getUniqueValue();
  const read = (name: string): string | undefined => {
    if (name === 'sys_id') return changeId;
    return current.isValidField(name) ? textOf(current, name) : undefined;
  };
  return {
    event,
    origin,
    changeId,
    number: textOf(current, 'number'),
    modCount: textOf(current, 'sys_mod_count'),
    payload: changeBody(event, now, read, settings.tagsField),
    now,
    giveUpAt: now + settings.giveUpAfterHours * 3_600_000,
  };
}

/**
 * Whether the administrator's filter lets the change through. Each `^NQ` part is asked on its own:
 * in one query, the parts after the first would not be bound to this change.
 */
function isWanted(changeId: string, filter: string): boolean {
  if (filter === '') return true;
  return filter.split('^NQ').some((part) => {
    const change = new GlideRecord(CHANGE_TABLE);
    change.addQuery('sys_id', changeId);
    change.addEncodedQuery(part);
    change.setLimit(1);
    change.query();
    return change.next();
  });
}
