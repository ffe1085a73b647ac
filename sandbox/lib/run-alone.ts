/** Ends a stand-in that runs by itself as soon as somebody ends its process (Ctrl-C, `kill`). */
export function closeOnSignal(process: NodeJS.Process, close: () => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().then(() => process.exit(0)));
  }
}

/** A whole number that was given as text. Throws an Error that names the setting. */
export function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${name} must be a whole number, not "${text}".`);
  return Number(text);
}
