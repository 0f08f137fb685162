import { type Metadata, type sendUnaryData } from '@grpc/grpc-js';
import { type EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type EventLog } from './event-log.js';
import { type FaultState } from './faults.js';
import { notLeader, unauthenticated, unavailable } from './grpc-errors.js';

/** What the handlers of all calls share. */
export interface Node {
  readonly log: EventLog;
  readonly faults: FaultState;
  /** Undefined: anybody may call. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** Calls that are open; each can be ended with an error. */
  readonly openCalls: Set<(error: Error) => void>;
  /** Breaks the connection of a peer. */
  readonly breakConnection: (peer: string) => void;
}

/** Why a call is refused before it is looked at; undefined: it is not. */
export const refusal = ({ faults, login }: Node, metadata: Metadata): Error | undefined => {
  if (faults.isUnavailable) return unavailable();
  if (login !== undefined) {
    const expected = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
    if (metadata.get('authorization')[0] !== expected) return unauthenticated();
  }
  if (faults.leader !== null && metadata.get('requires-leader')[0] === 'true') {
    return notLeader(faults.leader.host, faults.leader.port);
  }
  return undefined;
};

/** A call's handler that answers with what a function returns or throws; undefined: not at all. */
export const answering =
  <Call extends { readonly metadata: Metadata }, Answer>(
    node: Node,
    answer: (node: Node, call: Call) => Promise<Answer | undefined>,
  ) =>
  (call: Call, callback: sendUnaryData<Answer>): void => {
    const refused = refusal(node, call.metadata);
    const answered = refused === undefined ? answer(node, call) : Promise.reject(refused);
    answered
      .then(async (message) => {
        if (node.faults.answerDelayMs > 0) await wait(node.faults.answerDelayMs);
        if (message !== undefined) callback(null, message);
      })
      .catch((error: unknown) => callback(error as Error));
  };

/** A call that sends more than one message. */
export interface SendingCall extends EventEmitter {
  readonly cancelled: boolean;
  readonly metadata: Metadata;
  end(): void;
  getPeer(): string;
}

/** Keeps a call among the open ones until it is over; the signal says when. */
export const openCall = ({ openCalls }: Node, call: SendingCall): AbortSignal => {
  const over = new AbortController();
  const end = (error: Error): void => void call.emit('error', error);
  openCalls.add(end);
  const close = (): void => {
    openCalls.delete(end);
    over.abort();
  };
  for (const event of ['cancelled', 'close', 'finish', 'error']) call.once(event, close);
  return over.signal;
};

/** Writes a message, and waits while the consumer takes no more: true when it had to. Throws the signal's AbortError. */
export const send = async <Message>(
  call: SendingCall & { write(message: Message): boolean },
  message: Message,
  signal: AbortSignal,
): Promise<boolean> => {
  signal.throwIfAborted();
  if (call.write(message)) return false;
  await once(call, 'drain', { signal });
  return true;
};
