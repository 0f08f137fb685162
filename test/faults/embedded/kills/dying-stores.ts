import type { Checkpoints } from '#eventing/checkpoints.js';
import type { EventStore } from '#eventing/event-store.js';
import type { Mailer } from '#delivery/mail/mailer.js';
import type { Reactor } from '#eventing/reactor.js';
import type { Generation, RowChange, ViewStore } from '#eventing/view-store.js';
import type { Death } from './death.js';

/** The changes, with a moment in the midst of writing them. */
const dyingWithin = (changes: readonly RowChange[], death: Death): readonly RowChange[] => {
  const middle = changes.length >> 1;
  let isTold = false;
  return changes.map((row, index) => {
    if (index !== middle) return row;
    const tell = (): RowChange['change'] => {
      if (!isTold) death.moment('in mid rows');
      isTold = true;
      return row.change;
    };
    return Object.defineProperty({ ...row }, 'change', { get: tell });
  });
};

const dyingCheckpoints = (checkpoints: Checkpoints, death: Death): Pick<Checkpoints, 'advance'> => ({
  advance: async (name, from, to) => {
    const moved = await checkpoints.advance(name, from, to);
    death.moment('after the checkpoint');
    return moved;
  },
});

/** Moments around the rows of one view and its checkpoint. */
export const dyingAtRows = (store: ViewStore, { view }: Generation, death: Death): ViewStore => ({
  ...store,
  ...dyingCheckpoints(store, death),
  write: async (generation, changes) => {
    if (generation.view !== view) return store.write(generation, changes);
    death.moment('before rows');
    await store.write(generation, dyingWithin(changes, death));
    death.moment('before the checkpoint');
  },
});

/** Moments around what a reactor appends. */
export const dyingAtAppends = (log: EventStore, death: Death): EventStore => ({
  ...log,
  append: async (stream, expected, events) => {
    death.moment('before an append');
    const appended = await log.append(stream, expected, events);
    death.moment('after an append');
    return appended;
  },
});

/** Moments around a reactor's work and its checkpoint. */
export const dyingReactor = (reactor: Reactor, store: Checkpoints, death: Death): Reactor => {
  const checkpoints = reactor.checkpoints ?? store;
  let isAtWork = false;
  return {
    ...reactor,
    checkpoints: {
      checkpoint: (name) => checkpoints.checkpoint(name),
      advance: async (name, from, to) => {
        const moved = await checkpoints.advance(name, from, to);
        if (isAtWork) death.moment('after the checkpoint');
        isAtWork = false;
        return moved;
      },
    },
    react: async (event) => {
      isAtWork = true;
      death.moment('before work');
      await reactor.react(event);
      death.moment('before the checkpoint');
    },
  };
};

/** Moments between sending a mail and noting that it was sent. */
export const dyingMailer = (mailer: Mailer, death: Death): Mailer => ({
  send: async (mail) => {
    death.moment('before sending');
    death.unnoted.add(mail.messageId);
    await mailer.send(mail);
    death.moment('before noting');
  },
});

/** Moments after a row of a view that notes what was done. */
export const dyingAtNotes = (store: ViewStore, view: string, death: Death): ViewStore => ({
  ...store,
  write: async (generation, changes) => {
    await store.write(generation, changes);
    if (generation.view !== view) return;
    for (const change of changes) if (change.change === 'open') death.unnoted.delete(change.by.replace('/', '.'));
    death.moment('after noting');
  },
});
