import { expect } from '@jest/globals';
import { apiKeyIdOf } from '#access/api-key/secret.js';
import { derivedId } from '#eventing/ids.js';
import { formatPosition } from '#eventing/position.js';
import { tokenSha256 } from '#privacy/invitation-token.js';
import type { Sent } from './load.js';
import type { LoggedEvent } from './log-file.js';

interface Receipt {
  readonly events: readonly { readonly id: string; readonly type: string }[];
  readonly position: string;
  readonly revision: string;
}

const receiptOf = ({ answer }: Sent): Receipt | undefined =>
  answer.status < 300 ? (answer.body as unknown as Receipt) : undefined;

/** Every acknowledged event is in the log exactly once, where its receipt says. */
export const expectAcknowledgedOnce = (sent: readonly Sent[], log: readonly LoggedEvent[]): void => {
  const byId = Map.groupBy(log, ({ id }) => id);
  expect([...byId.values()].filter((same) => same.length > 1)).toEqual([]);
  for (const one of sent) {
    const receipt = receiptOf(one);
    if (receipt === undefined) continue;
    const recorded = receipt.events.map(({ id }) => byId.get(id)?.[0]);
    expect(recorded.map((event) => event?.type)).toEqual(receipt.events.map(({ type }) => type));
    const last = recorded.at(-1);
    if (last === undefined) continue;
    const { method, path } = one;
    const { position, revision } = receipt;
    const place = { position: formatPosition(BigInt(last.position)), revision: String(last.revision) };
    expect({ method, path, ...place }).toEqual({ method, path, position, revision });
  }
};

/** Revisions of each stream follow each other from 0 on. */
export const expectWholeStreams = (log: readonly LoggedEvent[]): void => {
  for (const [stream, events] of Map.groupBy(log, (event) => event.stream))
    expect([stream, events.map(({ revision }) => revision)]).toEqual([stream, events.map((_, index) => index)]);
};

/** Each command has led to the events of its receipt and to no others, and no refused one to any. */
export const expectNothingTwice = (sent: readonly Sent[], log: readonly LoggedEvent[], operatorKey: string): void => {
  const ofCommand = Map.groupBy(log, ({ metadata }) => metadata['commandId'] ?? '');
  const key = apiKeyIdOf(operatorKey);
  for (const one of sent) {
    const { method, path, token, idempotencyKey } = one;
    const caller = token === undefined ? key : tokenSha256(token);
    const events = ofCommand.get(derivedId('cmd', caller, method, path, idempotencyKey)) ?? [];
    const addressed = events.filter(({ stream }) => !stream.startsWith('user-'));
    const acknowledged = receiptOf(one)?.events ?? [];
    expect([method, path, addressed.map(({ id }) => id)]).toEqual([method, path, acknowledged.map(({ id }) => id)]);
  }
  const invited = Map.groupBy(log, ({ type, data }) => (type === 'UserInvited' ? String(data['userId']) : ''));
  invited.delete('');
  expect([...invited.values()].filter((same) => same.length > 1)).toEqual([]);
};

/** The ids of mails (`invitation.issue`) that pending invitations wait for. */
export const mailsDue = (log: readonly LoggedEvent[]): readonly string[] => {
  const over = new Set(
    log
      .filter(({ type }) => /^Invitation(Accepted|Declined|Revoked|Expired)$/.test(type))
      .map(({ data }) => data['invitationId']),
  );
  return log
    .filter(({ type, data }) => type === 'UserInvited' && !over.has(data['invitationId']))
    .map(({ data }) => `${String(data['invitationId'])}.${String(data['issue'])}`);
};
