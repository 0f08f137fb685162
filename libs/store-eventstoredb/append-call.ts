import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { OutcomeUnknown } from '#eventing/event-store.js';
import type { Connection, Link } from './connection.js';
import { DeadlinePassed, unavailable } from './faults.js';

interface Waiting {
  readonly until: number;
  readonly resolve: (answer: BatchAppendResp) => void;
  readonly reject: (fault: OutcomeUnknown) => void;
}

/** One long call that appends go through; each answer names the append it is for. */
export interface AppendCall {
  readonly link: Link;
  /**
   * Sends an append, which carries the correlation id.
   * @throws OutcomeUnknown when the call breaks, or nothing is answered in time
   */
  readonly send: (correlationId: string, request: BatchAppendReq) => Promise<BatchAppendResp>;
  /** False once the call is over or being finished: appends take another one then. */
  readonly isOpen: () => boolean;
  /** Takes no more appends; those that wait are still answered. */
  readonly finish: () => void;
}

export const appendCall = (connection: Connection, link: Link): AppendCall => {
  const { address, deadlineMs } = connection;
  // All wait equally long, so the first is the next whose time is up.
  const waiting = new Map<string, Waiting>();
  let isOpen = true;
  let clock: NodeJS.Timeout | undefined;
  const call = link.streams.batchAppend(...connection.callArguments({ requiresLeader: false }));

  const unknown = (fault: unknown): OutcomeUnknown =>
    new OutcomeUnknown(`${unavailable(address, fault).message}; whether it wrote is unknown`, { cause: fault });

  const finish = (): void => {
    if (isOpen) call.end();
    isOpen = false;
    // What is still to be sent would wait for a server that does not read.
    if (waiting.size === 0) call.cancel();
  };

  const settled = (): void => {
    if (waiting.size > 0) return;
    clearTimeout(clock);
    clock = undefined;
    if (!isOpen) call.cancel();
  };

  const expire = (): void => {
    const fault = new DeadlinePassed(`no answer within ${deadlineMs} ms`);
    for (const [correlationId, { until, reject }] of waiting) {
      if (until > Date.now()) {
        clock = setTimeout(expire, until - Date.now());
        return;
      }
      waiting.delete(correlationId);
      reject(unknown(fault));
      connection.leave(link, fault);
    }
    settled();
  };

  call.on('data', (answer: BatchAppendResp) => {
    const correlationId = answer.getCorrelationId()?.getString() ?? '';
    const append = waiting.get(correlationId);
    waiting.delete(correlationId);
    append?.resolve(answer);
    settled();
  });
  // Told by the status, which also comes when the server ends the call without an error.
  call.on('error', () => undefined);
  call.on('status', (status) => {
    isOpen = false;
    const fault = Object.assign(new Error(status.details), status);
    for (const { reject } of waiting.values()) reject(unknown(fault));
    waiting.clear();
    settled();
    connection.leave(link, fault);
  });
  link.left.addEventListener('abort', finish);

  return {
    link,
    isOpen: () => isOpen,
    finish,
    send: (correlationId, request) =>
      new Promise((resolve, reject) => {
        waiting.set(correlationId, { until: Date.now() + deadlineMs, resolve, reject });
        clock ??= setTimeout(expire, deadlineMs);
        call.write(request);
      }),
  };
};
