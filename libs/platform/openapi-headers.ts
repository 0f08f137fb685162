/** The headers of answers, as OpenAPI says them. */

const text = (description: string, schema: object = {}): object => ({
  description,
  schema: { type: 'string', ...schema },
});

/** Every header that an answer may have, by the name that operations refer to. */
export const answerHeaders = {
  RequestId: text('The request id that was sent, or the one that was made.'),
  ETag: text('The revision of the resource, quoted: send it as If-Match with the next command.', {
    pattern: '^"[0-9]{1,19}"$',
  }),
  Position: text('The moment answered; of a command, its last event: read with it as `minPosition`.', {
    pattern: '^[0-9]{20}$',
  }),
  StaleSince: text('What was recorded after this time may be missing: views lag, or the log can’t be asked.', {
    format: 'date-time',
  }),
  Replayed: text('This Idempotency-Key was used before, and this is the first answer again.', { enum: ['true'] }),
  Location: text('The path of what is new.'),
  RetryAfter: text('Seconds to wait before trying again.'),
} as const;

type HeaderName = keyof typeof answerHeaders;

const names: Readonly<Record<HeaderName, string>> = {
  RequestId: 'X-Request-Id',
  ETag: 'ETag',
  Position: 'Grantrail-Position',
  StaleSince: 'Grantrail-Stale-Since',
  Replayed: 'Idempotency-Replayed',
  Location: 'Location',
  RetryAfter: 'Retry-After',
};

const referring = (...headers: readonly HeaderName[]): object =>
  Object.fromEntries(headers.map((name) => [names[name], { $ref: `#/components/headers/${name}` }]));

/** The headers of an operation's answer with this status. */
export const headersOf = (kind: 'command' | 'question', isVersioned: boolean, status: string): object => {
  if (status.startsWith('2') || status === '304') {
    if (kind === 'question')
      return referring('RequestId', 'Position', 'StaleSince', ...(isVersioned ? (['ETag'] as const) : []));
    return referring('RequestId', 'Position', 'ETag', 'Replayed', ...(status === '201' ? (['Location'] as const) : []));
  }
  if (status === '412') return referring('RequestId', 'ETag');
  return referring('RequestId', ...(status === '429' || status === '503' ? (['RetryAfter'] as const) : []));
};
