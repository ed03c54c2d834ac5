/** Events of one read, see `EventQuery`. */
export const MAX_EVENTS = 10_000;
/** Logs of one `eventsOf`. */
export const MAX_TASK_LOGS = 1000;
/** Ledger entries of one read: one tile row of the log is 256, a proof never needs more than this. */
export const MAX_LEDGER_ENTRIES = 65_536;
/** Terminal tasks without a receipt that `counts` names. */
export const MAX_MISSING = 100;
