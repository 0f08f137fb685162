/** All that one installation keeps begins with this. The braces keep it together in a Redis Cluster: lost together or not at all. */
export const keyPrefix = (prefix: string): string => `{${prefix}}`;

const escapes: Readonly<Record<string, string>> = { '%': '%25', ':': '%3A' };

/** BullMQ takes no colon in names. */
export const escapeName = (name: string): string => name.replaceAll(/[%:]/g, (character) => escapes[character] ?? '');

const unescapeName = (escaped: string): string =>
  escaped.replaceAll(/%(25|3A)/g, (escape) => (escape === '%25' ? '%' : ':'));

const mark = 'id-';

/** BullMQ takes no number as the id of a job; and an id such as `wait` would meet a key of the queue itself. */
export const bullIdOf = (id: string): string => mark + escapeName(id);

export const idOf = (bullId: string): string => unescapeName(bullId.slice(mark.length));
