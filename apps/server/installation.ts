import type { CommandBus } from '@nestjs/cqrs';
import { Access } from '#access/access.js';
import { newApiKeySecret } from '#access/api-key/secret.js';
import type { CallerContext } from '#access/caller.js';
import { eventTypes } from '#access/events.js';
import type { Operations } from '#access/http/operations/operations.js';
import type { ApiKeySecrets } from '#access/http/tokens.js';
import {
  type OperatorKeys,
  renewOperatorKey,
  requireWholeLog,
  type Started,
  startInstallation,
} from '#access/processes/start-platform.js';
import { platformAggregate, platformId } from '#access/platform/platform.js';
import type { LogReading } from '#access/queries/log-reading.js';
import { assignPublishedApplications } from '#access/reactors/assign-published-applications.js';
import { finishCascades } from '#access/reactors/finish-cascades.js';
import { fireDue } from '#access/reactors/fire-due.js';
import { accessViews } from '#access/views/all.js';
import type { ApiKeyRow } from '#access/views/api-keys.js';
import { folderMailer } from '#delivery/mail/folder-mailer.js';
import { mailInvitations, mailQueue, sendInvitation } from '#delivery/mail/mail-invitations.js';
import type { Mailer } from '#delivery/mail/mailer.js';
import { smtpMailer } from '#delivery/mail/smtp-mailer.js';
import { CommandLoop } from '#eventing/command-loop.js';
import { jobsDoneOnce } from '#eventing/done-jobs.js';
import { upcast } from '#eventing/event-types.js';
import { Freshness } from '#eventing/freshness.js';
import { type Leases, ownLeases } from '#eventing/leases.js';
import type { JobAttempt, Jobs } from '#eventing/jobs.js';
import { ReactorRunner } from '#eventing/reactor.js';
import { Refusal } from '#eventing/refusal.js';
import { Timer } from '#eventing/timer.js';
import { ViewReader } from '#eventing/view-reader.js';
import type { EventReading } from '#eventing/view-runner.js';
import { Views } from '#eventing/views.js';
import type { Config } from '#platform/config.js';
import type { Logger } from '#platform/logging.js';
import { blindIndexer } from '#privacy/claims.js';
import { eventSealer } from '#privacy/event-sealer.js';
import { loadMasterKey, subKey } from '#privacy/master-key.js';
import { Privacy } from '#privacy/privacy.js';
import { openText, sealText } from '#privacy/sealed-text.js';
import { createHmac, randomBytes } from 'node:crypto';
import type { Engines } from './engines.js';

/** Whichever process has it keeps the time; nobody has it while nobody works. */
export const timerLease = 'timer';

/** Nobody waits for the event loop of a process that serves nobody; renewing its leases and answering health checks have time. */
const workersSliceMs = 15;

const lowestOf = (positions: readonly bigint[]): bigint =>
  positions.reduce((lowest, position) => (position < lowest ? position : lowest));

/** One installation at work on its engines: what HTTP is put in front of. */
export class Installation implements Operations, ApiKeySecrets {
  readonly queues = [mailQueue];
  readonly loop: CommandLoop;
  readonly access: Access;
  readonly views: Views;
  readonly reading: LogReading;
  readonly mailer: Mailer;
  /** Since when what is read here may lack something. */
  readonly freshness: Freshness;
  readonly #secretKey: Uint8Array;
  readonly #leases: Leases;
  #logId: string | null = null;
  readonly #jobsOnce: Jobs;
  #reactors: readonly ReactorRunner[] = [];
  #timer: Timer | null = null;
  /** Ends what this process does of the installation's work, and leaves it to others. */
  #letGo: (() => Promise<void>)[] = [];

  constructor(
    readonly config: Config,
    readonly engines: Engines,
    readonly logger: Logger,
  ) {
    const { log, vault, views: store, leases, masterKeyFile } = engines;
    this.#leases = leases ?? ownLeases();
    this.#jobsOnce = jobsDoneOnce(engines.jobs, store);
    const master = loadMasterKey({
      file: masterKeyFile,
      ...(config.masterKey !== null && { env: config.masterKey }),
    });
    const privacy = new Privacy(vault, master);
    const sealer = eventSealer(eventTypes, privacy);
    this.loop = new CommandLoop({ store: log, types: eventTypes, sealer, sharedLog: leases !== null });
    const eventReading: EventReading = {
      upcast: (event) => upcast(eventTypes, event),
      open: (event) => sealer.open(event),
    };
    this.views = new Views({
      views: accessViews,
      log,
      store,
      reading: eventReading,
      keepsUp: config.parts.worker,
      logId: () => this.#nameOfLog(),
      ...(leases !== null && { leases }),
      ...(!config.parts.api && { sliceMs: workersSliceMs }),
    });
    const plans = config.plans.names;
    this.access = new Access(this.loop, { plans }, vault, this.#leases, privacy, blindIndexer(master), () =>
      this.#operatorKeys(({ permissions }) => permissions.includes('*@platform')).then((keys) =>
        keys.map(({ keyId }) => keyId),
      ),
    );
    this.freshness = new Freshness({
      head: () => log.head(),
      reached: () => lowestOf(this.views.status().map(({ position }) => position)),
    });
    const cursorKey = subKey(master, 'cursor');
    this.#secretKey = subKey(master, 'api-key-secret');
    this.reading = {
      views: this.views,
      sealer,
      reader: new ViewReader(this.views),
      access: this.access.evenStale(),
      privacy,
      sealing: { seal: (text) => sealText(cursorKey, text), open: (sealed) => openText(cursorKey, sealed) },
      platformName: 'Grantrail',
    };
    this.mailer =
      config.smtpUrl === null
        ? folderMailer(engines.mailFolder, config.mailFrom)
        : smtpMailer(config.smtpUrl, config.mailFrom);
  }

  get reactors(): readonly ReactorRunner[] {
    return this.#reactors;
  }

  get timer(): Timer | null {
    const isElsewhere = this.engines.leases !== null && this.#timer?.status.state === 'stopped';
    return isElsewhere ? null : this.#timer;
  }

  get jobs(): Jobs {
    return this.engines.jobs;
  }

  /** The secret of a key that a command issues: the same again when the command is repeated. */
  secretOf({ commandId, requestHash }: CallerContext): string {
    const isRepeatable = requestHash !== undefined;
    return newApiKeySecret(
      isRepeatable ? createHmac('sha256', this.#secretKey).update(commandId).digest() : randomBytes(32),
    );
  }

  /** Asked for until there is one; it never changes while the log is served. */
  async #nameOfLog(): Promise<string | null> {
    this.#logId ??= await this.loop.read(platformAggregate, platformId, ({ logId }) => logId, { evenStale: true });
    return this.#logId;
  }

  /** Lets what this process is for begin; a worker also writes what a first start writes, and gives a new operator's key if there was none. */
  async start(commands: CommandBus): Promise<Pick<Started, 'newOperatorKey'>> {
    await requireWholeLog(this.access);
    await this.views.start();
    this.freshness.start();
    this.#reactors = this.#reactorsWith(commands);
    if (!this.config.parts.worker) return { newOperatorKey: null };
    const given = this.config.operatorKey;
    const started = await this.#inTurn('start', async () =>
      startInstallation(this.access, { given, issued: await this.#keysOfStarts() }),
    );
    await this.#work(commands);
    return started;
  }

  /** However long the others take that start as well. */
  async #inTurn<Result>(thing: string, work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await this.access.oneByOne(thing, work);
      } catch (error) {
        if (!(error instanceof Refusal && error.code === 'busy')) throw error;
      }
    }
  }

  #reactorsWith(commands: CommandBus): readonly ReactorRunner[] {
    const { log, views: store } = this.engines;
    return [
      finishCascades(this.access, commands),
      assignPublishedApplications(this.access),
      mailInvitations(this.#jobsOnce),
    ].map((reactor) => new ReactorRunner({ reactor, log, store, upcast: (event) => upcast(eventTypes, event) }));
  }

  async #work(commands: CommandBus): Promise<void> {
    const { reading, mailer, views, config } = this;
    const { reader } = reading;
    const timer = new Timer({ views, reader, dueView: 'due', now: () => new Date(), fire: fireDue(commands) });
    this.#timer = timer;
    for (const reactor of this.#reactors)
      this.#letGo.push(await this.#leases.hold(`reactor/${reactor.status.reactor}`, reactor));
    this.#letGo.push(await this.#leases.hold(timerLease, timer));
    const send = sendInvitation({ reading, mailer, baseUrl: config.baseUrl });
    this.#letGo.push(this.#jobsOnce.work(mailQueue, this.#telling(send)));
  }

  /** A new operator's key, in the place of one that was lost; instead of {@link start}. */
  async renewOperatorKey(): Promise<string> {
    await requireWholeLog(this.access);
    await this.views.start();
    try {
      return await renewOperatorKey(this.access, await this.#keysOfStarts());
    } finally {
      await this.views.stop();
    }
  }

  /** Finishes what is under way; the stores stay open. */
  async stop(): Promise<void> {
    const letGo = this.#letGo;
    this.#letGo = [];
    // What came last goes first: it may build on what came before.
    for (const leave of letGo.toReversed()) await leave();
    await this.freshness.stop();
    await this.views.stop();
  }

  #telling(work: (job: JobAttempt) => Promise<void>): (job: JobAttempt) => Promise<void> {
    return async (job) => {
      try {
        await work(job);
      } catch (err) {
        this.logger.warn(
          { queue: job.queue, jobId: job.id, attempt: job.attempt, err },
          'a job failed and is tried again',
        );
        throw err;
      }
    };
  }

  async #caughtUp(view: string): Promise<void> {
    await this.views.waitFor(view, await this.engines.log.head());
  }

  async #keysOfStarts(): Promise<OperatorKeys['issued']> {
    const keys = await this.#operatorKeys(({ issuedBy }) => issuedBy.kind === 'system');
    return keys.map(({ keyId, status }) => ({ keyId, active: status === 'active' }));
  }

  /** Keys of the whole platform, by what their row says. */
  async #operatorKeys(is: (row: ApiKeyRow) => boolean): Promise<readonly ApiKeyRow[]> {
    await this.#caughtUp('api-keys');
    const { reader } = this.reading;
    const moment = await reader.moment(['api-keys'], { now: new Date() });
    const where = [
      { column: 'accountId', in: [null] },
      { column: 'applicationId', in: [null] },
    ];
    const order = { column: 'name', descending: false };
    const { rows } = await reader.page('api-keys', { moment, where, order, limit: 10_000 });
    return rows.map(({ body }) => body as ApiKeyRow).filter(is);
  }
}
