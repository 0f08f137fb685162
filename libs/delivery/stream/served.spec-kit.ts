import { type DynamicModule, Module } from '@nestjs/common';
import { createParser } from 'eventsource-parser';
import { inMemoryJobs } from '#eventing/in-memory/jobs.js';
import { type Served, serve } from '#platform/testing/serve.js';
import { AUTHENTICATOR } from '#platform/authentication.js';
import { apiKeyIdOf, apiKeySha256 } from '#access/api-key/secret.js';
import { apiKeyAuthenticator } from '#access/authenticator.js';
import type { KeyScope } from '#access/caller.js';
import { fact } from '#access/events.js';
import { OPERATIONS, type Operations } from '#access/http/operations/operations.js';
import { OperationRoutes } from '#access/http/operations/routes.js';
import { AccessChangesRoute } from '#access/http/queries/access-changes-feed.js';
import { CheckRoutes } from '#access/http/queries/check.js';
import { DiffRoute } from '#access/http/queries/diff.js';
import { EventRoute } from '#access/http/queries/event.js';
import { EventsRoute } from '#access/http/queries/events-feed.js';
import { ExplainRoute } from '#access/http/queries/explain.js';
import { LOG_READING } from '#access/http/queries/log-asking.js';
import type { LogReading } from '#access/queries/log-reading.js';
import { type GivenReading, givenReading } from '#access/queries/reading.spec-kit.js';
import { AccessChangesStreamRoute } from './access-changes-stream-route.js';

@Module({})
class LogQuestions {}

/** An id as the edge takes it: the prefix and 26 characters. */
export const idOf = (prefix: string, letter: string): string => `${prefix}_${letter.repeat(26)}`;

/** A key's secret, from a letter. */
export const secretOf = (letter: string): string => `grk_${letter.repeat(43)}`;

export interface ServedLog extends Served {
  readonly given: GivenReading;
  readonly reading: LogReading;
  readonly issue: (secret: string, scope: KeyScope, ...permissions: string[]) => Promise<void>;
  readonly revoke: (secret: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The questions about history behind the whole edge, with API keys. */
export const servedLog = async (): Promise<ServedLog> => {
  const given = await givenReading();
  const reading: LogReading = { ...given.reading, views: given.views, sealer: given.sealer };
  const { loop } = reading.access;
  const jobs = inMemoryJobs();
  const operations: Operations = { loop, views: given.views, reactors: [], timer: null, jobs, queues: ['mail'] };
  const module: DynamicModule = {
    module: LogQuestions,
    controllers: [
      CheckRoutes,
      AccessChangesStreamRoute,
      AccessChangesRoute,
      EventsRoute,
      EventRoute,
      ExplainRoute,
      DiffRoute,
      OperationRoutes,
    ],
    providers: [
      { provide: LOG_READING, useValue: reading },
      { provide: OPERATIONS, useValue: operations },
      { provide: AUTHENTICATOR, useValue: apiKeyAuthenticator({ loop, reader: reading.reader }) },
    ],
  };
  const served = await serve({ closeWithinMs: 2_000 }, module);
  return {
    ...served,
    given,
    reading,
    issue: async (secret, scope, ...permissions) => {
      const [keyId, secretSha256] = [apiKeyIdOf(secret), apiKeySha256(secret)];
      await given.record([
        fact('ApiKeyIssued', { keyId, name: 'Key', secretSha256, scope, permissions, expiresAt: undefined }),
      ]);
    },
    revoke: async (secret) => {
      await given.record([fact('ApiKeyRevoked', { keyId: apiKeyIdOf(secret) })]);
    },
    close: async () => {
      await served.app.close();
      await jobs.close();
      await given.close();
    },
  };
};

export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

/** The events in what comes of a stream. */
export const eventsOf = async function* (texts: AsyncIterable<string>): AsyncGenerator<ReceivedEvent, undefined> {
  const received: ReceivedEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => received.push({ id, event, data: JSON.parse(data) }),
  });
  for await (const text of texts) {
    parser.feed(text);
    yield* received.splice(0);
  }
  return undefined;
};

/** The events of a stream, as a client gets them. */
export const receivedEvents = (response: Response): AsyncGenerator<ReceivedEvent, undefined> =>
  eventsOf(response.body!.pipeThrough(new TextDecoderStream()));
