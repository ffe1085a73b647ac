/** What a figure should reach. */
export type Aim = { readonly atLeast: number } | { readonly atMost: number };

/** One measured figure. Without an aim it is there to be compared with. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly aim?: Aim;
  /** What a reader needs to judge the value: spread, sizes, absolute numbers. */
  readonly note?: string;
};

/** Whether the aim is reached; undefined where there is none. A value that is no number reaches nothing. */
export function isMet({ value, aim }: Figure): boolean | undefined {
  if (aim === undefined) return undefined;
  return 'atLeast' in aim ? value >= aim.atLeast : value <= aim.atMost;
}
