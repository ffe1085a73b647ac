import { cpus } from 'node:os';

/** Above this share, what others do on the machine shows in the figures. */
export const QUIET = 0.1;

/** Which share (0 to 1) of the machine's processors is at work during the next `ms`. */
export async function busyShare(ms: number): Promise<number> {
  const before = processorTimes();
  await new Promise((wake) => setTimeout(wake, ms));
  const after = processorTimes();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

function processorTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times);
  return {
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
    all: times.reduce((sum, { user, nice, sys, irq, idle }) => sum + user + nice + sys + irq + idle, 0),
  };
}
