import { formatPosition } from '#eventing/position.js';
import type { LoggedEvent } from '../../../system/log-file.js';
import type { Told } from './followers.js';

/** What the feed of changes calls an event. */
const changeOf: Readonly<Record<string, string>> = {
  AccessGranted: 'granted',
  AccessRevoked: 'revoked',
  AccessExpired: 'expired',
  RoleChanged: 'role-changed',
  MemberRemoved: 'member-removed',
  ApplicationActivated: 'gate-opened',
  ApplicationDeactivated: 'gate-shut',
  RoleRedefined: 'role-redefined',
  UserErased: 'user-erased',
};

export const eventsOf = (log: readonly LoggedEvent[]): readonly Told[] =>
  log.map(({ position, id, type }) => ({ position: formatPosition(BigInt(position)), eventId: id, type }));

/** The changes of who may use what that a log holds, in order. */
export const changesOf = (log: readonly LoggedEvent[], types?: readonly string[]): readonly Told[] =>
  eventsOf(log).flatMap((told) => {
    const type = changeOf[told.type];
    return type === undefined || types?.includes(type) === false ? [] : [{ ...told, type }];
  });

const textOf = ({ position, eventId, type }: Told): string => `${position} ${type} ${eventId}`;

/** What a follower was not told, was told twice or out of order, against what there was to tell; the first few. */
export const toldFaults = (told: readonly Told[], expected: readonly Told[]): readonly string[] => {
  const texts = told.map(textOf);
  const known = new Set(texts);
  const wanted = expected.map(textOf);
  const wantedOnes = new Set(wanted);
  const before = new Set<string>();
  const onlyOnce = (text: string): boolean => before.size < before.add(text).size;
  const faults = [
    ...wanted.filter((text) => !known.has(text)).map((text) => `missed ${text}`),
    ...texts.filter((text) => !onlyOnce(text)).map((text) => `twice ${text}`),
    ...texts.filter((text) => !wantedOnes.has(text)).map((text) => `made up ${text}`),
    ...texts.filter((text, index) => index > 0 && text < texts[index - 1]!).map((text) => `out of order ${text}`),
  ];
  return faults.slice(0, 10);
};
