import canonicalize from 'canonicalize';

/** Whether two values are the same JSON, whatever the order of their fields. */
export const sameJson = (one: unknown, other: unknown): boolean => canonicalize(one) === canonicalize(other);
