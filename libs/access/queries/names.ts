import type { Moment } from '#eventing/moment.js';
import { erasedText } from '#eventing/event-sealer.js';
import type { Person } from '../access.js';
import type { ActorOfRow } from '../views/view-folds.js';
import type { Reading } from './query.js';
import { rowsAt } from './view-rows.js';

export const productName = 'Grantrail';

/** Somebody who decided, as answers show them. */
export interface ShownActor {
  readonly kind: ActorOfRow['kind'];
  readonly id: string;
  readonly name: string;
}

export const fullName = ({ firstName, lastName }: Pick<Person, 'firstName' | 'lastName'>): string =>
  firstName === erasedText ? erasedText : `${firstName} ${lastName}`.trim();

/** Today's names of people by their own records, each read once. */
export const peopleOf = async (
  { access }: Pick<Reading, 'access'>,
  userIds: Iterable<string>,
): Promise<ReadonlyMap<string, Person>> => {
  const found = await Promise.all([...new Set(userIds)].map(async (id) => [id, await access.person(id)] as const));
  return new Map(found.filter((entry): entry is [string, Person] => entry[1] !== undefined));
};

/** Shows actors with their names; who is not known goes by their id. Needs the view `api-keys`. */
export const actorsOf = async (
  reading: Reading,
  actors: Iterable<ActorOfRow>,
  moment: Moment,
): Promise<(actor: ActorOfRow) => ShownActor> => {
  const all = [...actors];
  const idsOf = (wanted: ActorOfRow['kind']): string[] => all.filter(({ kind }) => kind === wanted).map(({ id }) => id);
  const [people, keys] = await Promise.all([
    peopleOf(reading, idsOf('user')),
    rowsAt(reading, 'api-keys', idsOf('service'), moment),
  ]);
  const nameOf = ({ kind, id }: ActorOfRow): string => {
    if (kind === 'system') return productName;
    if (kind === 'service') return keys.get(id)?.name ?? id;
    const person = people.get(id);
    return person === undefined ? id : fullName(person);
  };
  return (actor) => ({ kind: actor.kind, id: actor.id, name: nameOf(actor) });
};
