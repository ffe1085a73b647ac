import { GlideRecord, gs } from '@servicenow/glide';
import { insertRow, isRecorded } from './glide-outbox.ts';
import { currentSettings, currentTime } from './glide-platform.ts';
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
    const modCount = current.getValue('sys_mod_count') ?? '0';
    if (isRecorded(event, changeId, modCount)) return;
    writeMessage(event, 'rule', current, settings);
  } catch (error) {
    gs.error(
      'Changebridge: {0} of {1} was not recorded: {2}',
      event,
      current.getValue('number'),
      String(error),
    );
  }
}

/** Writes the state of the change to the outbox and queues its delivery. Throws when it cannot. */
export function writeMessage(
  event: ChangeEvent,
  origin: 'rule' | 'resend',
  current: GlideRecord,
  settings: Settings,
): void {
  const now = currentTime();
  const read = (name: string): string | undefined =>
    current.isValidField(name) ? (current.getValue(name) ?? '') : undefined;
  const changeId = current.getUniqueValue();
  insertRow({
    event,
    origin,
    changeId,
    number: current.getValue('number') ?? '',
    modCount: current.getValue('sys_mod_count') ?? '0',
    payload: changeBody(
      event,
      now,
      (name) => (name === 'sys_id' ? changeId : read(name)),
      settings.tagsField,
    ),
    now,
    giveUpAt: now + settings.giveUpAfterHours * 3_600_000,
  });
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
