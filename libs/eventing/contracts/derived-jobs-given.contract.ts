import { afterEach, beforeEach } from '@jest/globals';
import { jobsDoneOnce } from '../done-jobs.js';
import type { EventStore, RecordedEvent } from '../event-store.js';
import { inMemoryEventStore } from '../in-memory/event-store.js';
import { inMemoryViewStore } from '../in-memory/view-store.js';
import type { Jobs } from '../jobs.js';
import { ReactorRunner } from '../reactor.js';
import type { ViewStore } from '../view-store.js';
import type { JobsUnderTest, OpenJobs } from './jobs-given.contract.js';
import { joined, quickly, readingOf } from './view-specs-given.js';

const queue = 'mail';

/** One process that mails everybody who joined, over jobs. */
export interface MailingProcess {
  readonly runner: ReactorRunner;
  /** Begins to send; the function ends that. */
  work(): () => Promise<void>;
  stop(): Promise<void>;
}

/** What a test of derived jobs goes by; log and view store outlive all processes. */
export interface GivenMails {
  readonly log: EventStore;
  store: ViewStore;
  jobs: Jobs;
  readonly underTest: JobsUnderTest;
  /** Whom a mail was sent to, mail by mail. */
  readonly sent: string[];
  /** What happens before a mail is sent. */
  sending: (userId: string) => Promise<void>;
  /** What happens before and after a mail is put on the queue. */
  enqueuing: (event: RecordedEvent) => Promise<void>;
  enqueued: (event: RecordedEvent) => Promise<void>;
  process(): Promise<MailingProcess>;
  join(...userIds: readonly string[]): Promise<void>;
  /** All that has happened was reacted to. */
  reacted(mailing: MailingProcess): Promise<void>;
}

/** Given anew to each test. */
export const givenMails = (open: OpenJobs): GivenMails => {
  let processes: MailingProcess[];
  const nothing = (): Promise<void> => Promise.resolve();

  const given: GivenMails = {
    process: async () => {
      const { log, store } = given;
      const jobs = jobsDoneOnce(given.jobs, store);
      const reactor = {
        name: 'mails',
        types: ['Joined', 'Moved'],
        checkpoints: jobs,
        react: async (event: RecordedEvent) => {
          await given.enqueuing(event);
          if (event.type === 'Joined')
            await jobs.enqueue({ id: event.data['userId'] as string, queue, payload: event.data });
          await given.enqueued(event);
        },
      };
      const { upcast } = readingOf();
      const runner = new ReactorRunner({ reactor, log, store, upcast, backoff: quickly, lookEveryMs: 20 });
      await runner.start();
      let stopWork = nothing;
      const mailing = {
        runner,
        work: () =>
          (stopWork = jobs.work(
            queue,
            async ({ id }) => {
              await given.sending(id);
              given.sent.push(id);
            },
            { backoffMs: 10 },
          )),
        stop: async () => {
          await stopWork();
          await runner.stop();
        },
      };
      processes.push(mailing);
      return mailing;
    },
    join: async (...userIds) => {
      for (const userId of userIds) await joined(given.log, userId);
    },
    reacted: async ({ runner }) => {
      if (!(await runner.waitFor(await given.log.head(), { timeoutMs: 10_000 }))) throw new Error('not reacted to');
    },
  } as GivenMails;

  beforeEach(async () => {
    processes = [];
    const underTest = await open();
    Object.assign(given, { log: inMemoryEventStore(), store: inMemoryViewStore(), underTest, jobs: underTest.jobs });
    Object.assign(given, { sent: [], sending: nothing, enqueuing: nothing, enqueued: nothing });
  });
  afterEach(async () => {
    for (const mailing of processes) await mailing.stop();
    await given.underTest.dispose();
  });
  return given;
};
