import type { Outcome } from '#eventing/command.js';
import { refuse } from '#eventing/refusal.js';
import type { Access, Unique } from '../access.js';

/** Something unique that a command writes, and the refusal when somebody else has it. */
export type Wanted = Unique & { readonly taken: 'name-taken' | 'external-id-taken' };

/** @throws Refusal when somebody else holds one of them now */
export const requireFree = async (access: Access, wanted: readonly Wanted[]): Promise<void> => {
  for (const thing of wanted) {
    const holder = await access.holderOf(thing);
    if (holder !== undefined && holder !== thing.holder) refuse(thing.taken);
  }
};

/** Decides while all of them are claimed. @throws Refusal when somebody else holds one */
export const writeUnique = async (
  access: Access,
  [thing, ...others]: readonly Wanted[],
  decide: () => Promise<Outcome>,
): Promise<Outcome> => {
  if (thing === undefined) return decide();
  let outcome: Outcome | undefined;
  const standing = await access.unique(thing, async () => {
    outcome = await writeUnique(access, others, decide);
  });
  return outcome !== undefined && standing === thing.holder ? outcome : refuse(thing.taken);
};
