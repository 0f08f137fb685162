import type { ExpectedRevision, NewEvent } from '#eventing/event-store.js';
import { Random } from '../../../system/random.js';

export interface PlannedAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly NewEvent[];
}

/** What a writer does next: appends begun at once, or something that moves the write-ahead log. */
export type LogStep =
  | { readonly step: 'append'; readonly appends: readonly PlannedAppend[] }
  | { readonly step: 'checkpoint'; readonly mode: 'PASSIVE' | 'RESTART' | 'TRUNCATE' }
  | { readonly step: 'reopen' };

/** How a log is written. */
export interface LogStyle {
  readonly steps: number;
  /** Of what is not an append, in 100 steps. */
  readonly moves: number;
}

const streams = 6;

/** The same for the same seed: what a process writes and what must be found of it. */
export const logPlan = (seed: number, { steps, moves }: LogStyle): readonly LogStep[] => {
  const random = new Random(seed);
  const revisions = new Map<string, bigint>();
  let number = 0;
  const event = (): NewEvent => ({
    id: `evt_${seed}_${(number += 1)}`,
    type: 'PlanChanged',
    data: { text: 'é'.repeat(random.below(random.below(20) === 0 ? 5_000 : 300)), number },
    metadata: { schemaVersion: '1' },
  });
  const append = (): PlannedAppend => {
    const stream = `account-${random.below(streams)}`;
    const revision = revisions.get(stream) ?? -1n;
    const events = Array.from({ length: 1 + random.below(3) }, event);
    revisions.set(stream, revision + BigInt(events.length));
    return { stream, expected: revision === -1n ? 'no-stream' : revision, events };
  };
  return Array.from({ length: steps }, (): LogStep => {
    if (random.below(100) >= moves)
      return { step: 'append', appends: Array.from({ length: 1 + random.below(4) }, append) };
    const move = random.of(['PASSIVE', 'RESTART', 'TRUNCATE', 'reopen'] as const)!;
    return move === 'reopen' ? { step: 'reopen' } : { step: 'checkpoint', mode: move };
  });
};

/** An event where it must stand, and whether its append ends with it. */
export interface PlannedEvent extends NewEvent {
  readonly stream: string;
  readonly revision: bigint;
  readonly isLast: boolean;
}

/** The log that a plan leads to. */
export const plannedLog = (plan: readonly LogStep[]): readonly PlannedEvent[] =>
  plan
    .flatMap((step) => (step.step === 'append' ? step.appends : []))
    .flatMap(({ stream, expected, events }) =>
      events.map((event, index) => ({
        ...event,
        stream,
        revision: (expected === 'no-stream' ? 0n : expected + 1n) + BigInt(index),
        isLast: index === events.length - 1,
      })),
    );
