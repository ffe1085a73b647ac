import type { Clock } from '../../bridge/model/jobs.ts';

/** The three systems and the people at them, as the timeline names them. */
export type Place = 'Portal' | 'ServiceNow' | 'GitLab';

const COLOURS: Readonly<Record<Place, number>> = { Portal: 35, ServiceNow: 32, GitLab: 33 };
const POLL_MS = 5;

/** Prints a story as it is observed: each line is printed when its condition is seen to hold, never before. */
export class Teller {
  readonly #print: (text: string) => void;
  readonly #colour: boolean;
  readonly #clock: Clock;
  #begin = 0;

  constructor(print: (text: string) => void, colour: boolean, clock: Clock) {
    this.#print = print;
    this.#colour = colour;
    this.#clock = clock;
  }

  /** Starts a story; its times (s) count from here. */
  title(text: string): void {
    this.#begin = this.#clock();
    this.#print(`\n${this.#paint(1, text)}`);
  }

  /** A line about what somebody just did. */
  say(place: Place, text: string): void {
    const seconds = ((this.#clock() - this.#begin) / 1000).toFixed(2).padStart(6);
    this.#print(`  ${seconds} s  ${this.#paint(COLOURS[place], place.padEnd(10))}  ${text}`);
  }

  /**
   * Looks at a system until it shows what was expected, and says so in its own words.
   * Throws where it does not within `deadlineMs`.
   */
  async see<T>(
    place: Place,
    expected: string,
    look: () => T | undefined,
    tell: (seen: T) => string,
    deadlineMs = 60_000,
  ): Promise<T> {
    const end = this.#clock() + deadlineMs;
    for (;;) {
      const seen = look();
      if (seen !== undefined) {
        this.say(place, tell(seen));
        return seen;
      }
      if (this.#clock() > end)
        throw new Error(`${place} did not show within ${deadlineMs / 1000} s: ${expected}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #paint(code: number, text: string): string {
    return this.#colour ? `\u001B[${code}m${text}\u001B[0m` : text;
  }
}
