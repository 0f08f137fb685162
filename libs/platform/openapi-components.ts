import { faultCodes } from './field.js';
import { answerHeaders } from './openapi-headers.js';
import { catalogue } from './problem-catalogue.js';

const text = (description: string, schema: object = {}): object => ({
  description,
  schema: { type: 'string', ...schema },
});
const header = (name: string, description: string, schema: object): object => ({
  name,
  in: 'header',
  required: false,
  ...text(description, schema),
});

/** What operations refer to beside the schemas of the product. */
export const components = {
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer', description: 'An API key (grk_…) or an OIDC access token.' },
  },
  headers: answerHeaders,
  parameters: {
    IdempotencyKey: header('Idempotency-Key', 'The same key and request gives the first answer again.', {
      pattern: '^[!-~]{1,128}$',
    }),
    IfMatch: header('If-Match', 'Refused with 412 when the resource has changed since this ETag.', {
      pattern: '^"[0-9]{1,19}"$',
    }),
    Reason: header(
      'Grantrail-Reason',
      'Why, percent-encoded UTF-8 of up to 500 characters. Or `reason` in the body.',
      {},
    ),
    Ticket: header(
      'Grantrail-Ticket',
      'A ticket elsewhere, percent-encoded, up to 100 characters. Or `ticket` in the body.',
      {},
    ),
    IfNoneMatch: header('If-None-Match', 'Answered with 304 while the resource has no event after this ETag.', {}),
    DryRun: {
      name: 'dryRun',
      in: 'query',
      required: false,
      description: 'Decide and write nothing.',
      schema: { type: 'boolean', default: false },
    },
  },
  schemas: {
    Problem: {
      type: 'object',
      description: 'Why a request was refused (RFC 9457). `code` is stable; every code is explained at /docs/problems.',
      required: ['type', 'title', 'status', 'code', 'detail'],
      properties: {
        type: { type: 'string', format: 'uri' },
        title: { type: 'string' },
        status: { type: 'integer' },
        code: { type: 'string', enum: Object.keys(catalogue) },
        detail: { type: 'string', description: 'What to do.' },
        problems: { type: 'array', items: { $ref: '#/components/schemas/ProblemPlace' } },
        needs: { type: 'string', description: 'The permission that is missing.' },
        currentStatus: { type: 'string', description: 'What state the thing is in instead.' },
        position: { type: 'string', description: 'How far the view is.' },
        invitationId: { type: 'string' },
        accountIds: { type: 'array', items: { type: 'string' } },
        holders: {},
        at: { type: 'integer', description: 'Offset of the first fault in the body, in UTF-16 units.' },
      },
    },
    ProblemPlace: {
      type: 'object',
      required: ['code'],
      properties: {
        pointer: { type: 'string', description: 'Place in the body (RFC 6901).' },
        parameter: { type: 'string', description: 'Name of a query parameter.' },
        header: { type: 'string', description: 'Name of a header.' },
        code: { type: 'string', description: `One of ${faultCodes.join(', ')}, or a code of its own.` },
        id: { type: 'string' },
      },
    },
  },
} as const;

const referring = (name: keyof typeof components.parameters): { $ref: string } => ({
  $ref: `#/components/parameters/${name}`,
});

/** Every command takes these. */
export const commandParameters = (['IdempotencyKey', 'IfMatch', 'Reason', 'Ticket', 'DryRun'] as const).map(referring);

/** A single resource with an ETag takes these. */
export const versionedParameters = [referring('IfNoneMatch')];
