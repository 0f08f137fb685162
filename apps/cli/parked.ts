import type { Items } from './answers.js';
import { printJson, printLines, type Session } from './session.js';
import { table } from './table.js';

interface ParkedItem {
  /** The view or reactor that could not take it in. */
  readonly by: { readonly kind: string; readonly name: string };
  readonly stream: string;
  readonly position: string;
  readonly eventId: string;
  readonly type: string;
  readonly error: string;
}

/** The events that a view or a reactor could not take in. */
export const showParked = async (session: Session): Promise<void> => {
  const { body } = await session.server.ask<Items<ParkedItem>>('/v1/operations/parked', { signal: session.signal });
  if (session.json) {
    printJson(session, body);
    return;
  }
  if (body.items.length === 0) {
    printLines(session, ['Nothing is parked.']);
    return;
  }
  printLines(
    session,
    table(body.items, [
      { title: 'parked by', of: ({ by }) => `${by.kind} ${by.name}` },
      { title: 'position', of: ({ position }) => position },
      { title: 'type', of: ({ type }) => type },
      { title: 'stream', of: ({ stream }) => stream },
      { title: 'event', of: ({ eventId }) => eventId },
      { title: 'error', of: ({ error }) => error },
    ]),
  );
};
