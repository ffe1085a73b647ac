import { GlideRecord, gs } from '@servicenow/glide';
import { refreshHealth } from './glide-health.ts';
import { restartRow } from './glide-outbox.ts';
import { currentSettings, currentTime } from './glide-platform.ts';
import { ASK_EVENT, HEALTH_TABLE } from './names.ts';
import { writeMessage } from './rules.ts';

/** What a UI action may do when its script has ended. */
interface Action {
  setRedirectURL(target: GlideRecord | string): void;
}

/** The button on a change: writes a delivery with the state of the change as it is now. */
export function resendToPortal(current: GlideRecord, action: Action): void {
  action.setRedirectURL(current);
  try {
    const settings = currentSettings();
    if (!settings.enabled) {
      gs.addErrorMessage('Nothing was sent: Changebridge is switched off. Ask its administrator.');
      return;
    }
    writeMessage('change.updated', 'resend', current, settings);
    gs.addInfoMessage('The change is queued for the portal. Changebridge > Deliveries shows how it goes.');
  } catch (error) {
    gs.error('Changebridge: Resend to portal failed: {0}', String(error));
    gs.addErrorMessage('Nothing was queued: an error occurred. The system log has the details.');
  }
}

/** The button on a delivery: starts its retries again, now. */
export function retryNow(current: GlideRecord, action: Action): void {
  action.setRedirectURL(current);
  retry(current);
}

/** The choice on a list of deliveries; the list stays open. */
export function retrySelected(current: GlideRecord): void {
  retry(current);
}

function retry(current: GlideRecord): void {
  try {
    const now = currentTime();
    const giveUpAt = now + currentSettings().giveUpAfterHours * 3_600_000;
    const message = restartRow(current.getUniqueValue(), now, giveUpAt)
      ? 'The delivery is queued again. Older deliveries of the same change go first.'
      : 'Nothing to do: the delivery has arrived meanwhile.';
    gs.addInfoMessage(message);
  } catch (error) {
    gs.error('Changebridge: Retry now failed: {0}', String(error));
    gs.addErrorMessage('Nothing was queued: an error occurred. The system log has the details.');
  }
}

/** The button on a line of the Health list: the platform lets a button call nobody, so a worker does. */
export function sendTestMessage(current: GlideRecord, action: Action): void {
  action.setRedirectURL(current);
  try {
    gs.eventQueue(ASK_EVENT, current, '', '');
    gs.addInfoMessage(
      'The test message is queued. The line "Bridge" of the Health list tells the answer in a moment.',
    );
  } catch (error) {
    gs.error('Changebridge: Send test message failed: {0}', String(error));
    gs.addErrorMessage('Nothing was queued: an error occurred. The system log has the details.');
  }
}

/** The button over the Health list. */
export function checkNow(): void {
  try {
    refreshHealth();
    const line = new GlideRecord(HEALTH_TABLE);
    if (line.get('key', 'switch')) gs.eventQueue(ASK_EVENT, line, '', '');
    gs.addInfoMessage('The checks have run. The line "Bridge" follows in a moment.');
  } catch (error) {
    gs.error('Changebridge: the health check failed: {0}', String(error));
    gs.addErrorMessage('The checks did not run: an error occurred. The system log has the details.');
  }
}
