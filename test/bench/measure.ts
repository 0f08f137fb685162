/** Of an odd number of values, the one in the middle. */
export const median = (values: readonly number[]): number =>
  values.toSorted((one, two) => one - two)[values.length >> 1] ?? Number.NaN;

/** The value that a share of the values does not exceed: `quantile(0.99, milliseconds)`. */
export const quantile = (share: number, values: readonly number[]): number =>
  values.toSorted((one, two) => one - two)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;

/** Takes measures in turns, so that a slow minute of the machine falls on all of them, and gives the median of each. A first round is for the compiler. */
export const inTurns = async <Name extends string>(
  measures: Readonly<Record<Name, () => number | Promise<number>>>,
  rounds = 5,
): Promise<Record<Name, number>> => {
  const names = Object.keys(measures) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -1; round < rounds; round += 1)
    for (const name of names) {
      globalThis.gc?.();
      const value = await measures[name]();
      if (round >= 0) taken[name].push(value);
    }
  return Object.fromEntries(names.map((name) => [name, median(taken[name])])) as Record<Name, number>;
};

export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
}

const isMet = (value: number, { atLeast = -Infinity, atMost = Infinity }: Goal): boolean =>
  value >= atLeast && value <= atMost;
const goalText = ({ atLeast, atMost }: Goal): string =>
  atLeast !== undefined ? `≥ ${atLeast}` : atMost !== undefined ? `≤ ${atMost}` : '–';

/**
 * A line of the table in docs/performance.md: what was measured, in words with its units, and the figure that the goal is for.
 * A goal that is missed makes the run end with 1.
 */
export const report = (what: string, measured: string, value?: number, goal: Goal = {}): void => {
  const met = value === undefined || isMet(value, goal);
  if (!met) process.exitCode = 1;
  const figure = value === undefined ? '–' : value.toFixed(2);
  process.stdout.write(`| ${what} | ${measured} | ${figure}${met ? '' : ' (missed)'} | ${goalText(goal)} |\n`);
};
