import type { Aggregate } from './aggregate.js';
import { Refusal } from './refusal.js';

/** States of streams. What a function is given it must not keep. */
export interface States {
  /** What the function makes of a state. @throws NotAtHand for a stream that has to be folded first */
  readonly look: <State, Result>(
    aggregate: Aggregate<State>,
    id: string,
    look: (state: State, revision: bigint) => Result,
    options?: { readonly withinMs?: number },
  ) => Result;
}

/** Made of states, in one go: done again once one that it lacked is there. */
export type Work<Result> = (states: States) => Result;

/** Thrown where a state has to be folded first; the promise settles once it is. */
export class NotAtHand extends Error {
  override readonly name = 'NotAtHand';
  constructor(readonly coming: Promise<unknown>) {
    super('the state is not folded yet');
    // Whoever asked is told when the work is done again.
    coming.catch(() => undefined);
  }
}

/** What works came to on the states that were at hand: all without a pause, so at one moment. */
export interface Run<Result> {
  /** What some of them have to wait for before they are done again; none when it holds. */
  readonly lacking: readonly Promise<unknown>[];
  /** @throws Refusal the first of the works' own */
  readonly results: () => readonly Result[];
}

/** Does all works on the states at hand. */
export const runOn = <Result>(states: States, works: readonly Work<Result>[]): Run<Result> => {
  const results: Result[] = [];
  const lacking: Promise<unknown>[] = [];
  let refusal: Refusal | undefined;
  for (const work of works)
    try {
      results.push(work(states));
    } catch (error) {
      if (error instanceof NotAtHand) lacking.push(error.coming);
      else if (error instanceof Refusal) refusal ??= error;
      else throw error;
    }
  return {
    lacking,
    results: () => {
      if (refusal !== undefined) throw refusal;
      return results;
    },
  };
};
