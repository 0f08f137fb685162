import { Turns } from './turns.js';

/** Something that goes on until it is stopped, and may be started again afterwards. */
export interface Work {
  start(): Promise<void> | void;
  /** Resolves once nothing of it goes on any more. */
  stop(): Promise<void>;
}

/** Sees to it that one process at a time does a thing, of all that share an installation. */
export interface Leases {
  /**
   * Lets work go on in one of all processes that ask for it under a name: here as soon and as long as this one has the lease.
   * The function that is given stops it and lets others have it.
   */
  hold(name: string, work: Work): Promise<() => Promise<void>>;
  /** The names under which work was handed over to {@link hold} here, and whether it goes on in this process now. */
  held(): ReadonlyMap<string, boolean>;
  /** Does something unless it is being done under this name now; undefined then. @throws StoreUnavailable */
  attempt<Result>(name: string, work: () => Promise<Result>): Promise<{ readonly result: Result } | undefined>;
  /** Does things of one name one after another. @throws Refusal busy when its turn does not come; StoreUnavailable */
  inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

/** For a process that shares with nobody. */
export const ownLeases = (): Leases => {
  const turns = new Turns();
  const doing = new Set<string>();
  const held = new Map<string, boolean>();
  return {
    hold: async (name, work) => {
      await work.start();
      held.set(name, true);
      return async () => {
        await work.stop();
        held.delete(name);
      };
    },
    held: () => held,
    attempt: (name, work) => once(doing, name, async () => ({ result: await work() })),
    inTurn: (name, work) => turns.run(name, work),
  };
};

/** Does something unless this process is doing it already under this name. */
export const once = async <Result>(
  doing: Set<string>,
  name: string,
  work: () => Promise<Result | undefined>,
): Promise<Result | undefined> => {
  if (doing.has(name)) return undefined;
  doing.add(name);
  try {
    return await work();
  } finally {
    doing.delete(name);
  }
};
