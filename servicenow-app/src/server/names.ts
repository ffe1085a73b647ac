/** The names that the records of the app and the scripts share. */
export const SCOPE = 'x_chb_changebridge';
export const OUTBOX_TABLE = 'x_chb_changebridge_outbox';
export const CLAIM_TABLE = 'x_chb_changebridge_claim';
export const HEALTH_TABLE = 'x_chb_changebridge_health';
export const CHANGE_TABLE = 'change_request';

/** Queued with a delivery row: parm1 is the sys_id of the change. */
export const DELIVER_EVENT = 'x_chb_changebridge.deliver';
/** Queued with a line of the Health list: the bridge is to be asked now. */
export const ASK_EVENT = 'x_chb_changebridge.ask';
/** Queued with a delivery row that will not be tried again: parm1 is the number of the change. */
export const FAILED_EVENT = 'x_chb_changebridge.failed';
