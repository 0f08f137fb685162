import { createParser } from 'eventsource-parser';
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../../system/random.js';
import type { Server } from '../../../system/server.js';
import { takeCut } from './cut-answers.js';

/** What a follower was told: a change or an event, by its place in the log. */
export interface Told {
  readonly position: string;
  readonly eventId: string;
  readonly type: string;
}

/** Follows the log over connections that break, and remembers where it was. */
export interface Follower {
  readonly name: string;
  readonly told: readonly Told[];
  /** How often it was answered. */
  readonly connections: number;
  /** Connects, takes some bytes and is torn off. */
  cut(): Promise<void>;
  /** Follows without a cut until it was told what lies at a position, or nothing comes any more. */
  upTo(position: string): Promise<void>;
}

/** Of the answers that are cut: most within the first events, mid-event or between them. */
const cutBytes = 1_500;
const cutMs = 500;
/** When all is there to be told, nothing takes so long to come. */
const nothingComesMs = 5_000;

interface Cut {
  readonly bytes?: number;
  readonly withinMs?: number;
  /** Enough is what lies there. */
  readonly position?: string;
}

const problemsAllowed = [0, 200, 503];

abstract class Following implements Follower {
  readonly told: Told[] = [];
  connections = 0;

  constructor(
    readonly name: string,
    readonly server: Server,
    readonly random: Random,
    /** Path and query; what follows is put behind it. */
    readonly path: string,
  ) {}

  cut(): Promise<void> {
    return this.connect({ bytes: 1 + this.random.below(cutBytes), withinMs: this.random.below(cutMs) });
  }

  async upTo(position: string): Promise<void> {
    for (let before = -1; this.told.length > before && this.#last < position;) {
      before = this.told.length;
      await this.connect({ withinMs: nothingComesMs, position });
    }
  }

  get #last(): string {
    return this.told.at(-1)?.position ?? '';
  }

  abstract connect(cut: Cut): Promise<void>;

  protected async take(
    query: string,
    headers: Readonly<Record<string, string>>,
    { position, ...cut }: Cut,
    takeText: (text: string) => void,
    path = this.path,
  ): Promise<boolean> {
    const { server } = this;
    const take = (text: string): boolean => {
      takeText(text);
      return position !== undefined && this.#last >= position;
    };
    const authorization = `Bearer ${server.operatorKey}`;
    const url = `${server.url}${path}${query}`;
    const { status, isWhole } = await takeCut({ url, headers: { authorization, ...headers }, take, ...cut });
    if (!problemsAllowed.includes(status)) throw new Error(`${this.name} was answered ${status}`);
    if (status === 200) this.connections += 1;
    else await wait(20);
    return status === 200 && isWhole;
  }
}

/** A client of server-sent events. */
export class StreamFollower extends Following {
  protected lastEventId = '';

  async connect(cut: Cut): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) this.lastEventId = id;
        if (id !== undefined && event !== 'position') this.told.push(JSON.parse(data) as Told);
      },
    });
    const headers = { accept: 'text/event-stream', ...(await this.goingOn()) };
    await this.take('', headers, cut, (text) => parser.feed(text));
  }

  protected goingOn(): Promise<Record<string, string>> {
    return Promise.resolve(this.lastEventId === '' ? {} : { 'last-event-id': this.lastEventId });
  }
}

/** A client that forgets where it was and goes on with what comes next. */
export class ForgetfulFollower extends StreamFollower {
  protected override async goingOn(): Promise<Record<string, string>> {
    let text = '';
    // Nothing of this kind ever comes, so that one page leads to the head.
    await this.take('type=user-erased', {}, {}, (more) => (text += more), '/v1/access-changes?');
    const { nextAfter } = JSON.parse(text === '' ? '{}' : text) as { nextAfter?: string };
    return { 'last-event-id': nextAfter ?? this.lastEventId };
  }
}

/** A client that asks for page after page. */
export class PageFollower extends Following {
  #after = '';

  async connect(cut: Cut): Promise<void> {
    const { random } = this;
    let text = '';
    const after = this.#after === '' ? '' : `&after=${this.#after}`;
    const query = `limit=${1 + random.below(30)}&wait=${random.below(2)}${after}`;
    const isWhole = await this.take(query, {}, cut, (more) => (text += more));
    if (!isWhole) return;
    const { items, nextAfter } = JSON.parse(text) as { items: readonly Told[]; nextAfter: string };
    this.#after = nextAfter;
    this.told.push(...items);
  }

  /** A page is longer than what is cut off, so now and then it is taken whole. */
  override async cut(): Promise<void> {
    await (this.random.below(3) === 0 ? this.connect({}) : super.cut());
  }
}
