/**
 * Asks until the answer is true, every `everyMs`. Throws an Error that names `what` after `deadlineMs`.
 */
export async function until(
  what: string,
  ask: () => Promise<boolean>,
  deadlineMs = 300_000,
  everyMs = 50,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`Not within ${deadlineMs / 1000} s: ${what}.`);
    await new Promise((wake) => setTimeout(wake, everyMs));
  }
}
