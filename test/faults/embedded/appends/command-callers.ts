import type { Aggregate, Fact } from '#eventing/aggregate.js';
import type { Outcome } from '#eventing/command.js';
import { CommandLoop, type Decision } from '#eventing/command-loop.js';
import type { EventSealer } from '#eventing/event-sealer.js';
import { type EventStore, StoreUnavailable } from '#eventing/event-store.js';
import { Refusal } from '#eventing/refusal.js';
import type { Random } from '../../../system/random.js';

interface Counter {
  commands: number;
}

const counter: Aggregate<Counter> = {
  category: 'counter',
  initial: () => ({ commands: 0 }),
  evolve: (state, { data }) => ({ commands: state.commands + (data['isLast'] === true ? 1 : 0) }),
};
const openly: EventSealer = { seal: (_, event) => Promise.resolve(event), open: (event) => Promise.resolve(event) };

export const loopOn = (store: EventStore): CommandLoop =>
  new CommandLoop({ store, types: { Counted: { version: 1 } }, sealer: openly, cachedStreams: 98 });

/** A command and what it was answered, each time it was sent. */
export interface SentCommand {
  readonly commandId: string;
  readonly stream: string;
  readonly outcomes: Outcome[];
  readonly refusals: Refusal[];
}

export interface CommandCallersOptions {
  readonly open: () => EventStore;
  readonly random: Random;
  readonly commands: number;
  readonly callers: number;
  readonly streams: number;
  readonly reopenings: number;
  /** The id under which a loop is told of a command that is sent once more. */
  readonly idOfRepetition?: (commandId: string, times: number) => string;
}

/** A loop remembers a thousand commands of a stream: what is sent again is no older than so many of all streams. */
const remembered = 2_000;

/** Callers that bring commands to a loop at once, many of them again with the same id. */
export class CommandCallers {
  readonly sent: SentCommand[] = [];
  readonly #options: CommandCallersOptions;
  #store: EventStore;
  #loop: CommandLoop;
  #up = Promise.resolve();
  #reopened = 0;

  constructor(options: CommandCallersOptions) {
    this.#options = options;
    this.#store = options.open();
    this.#loop = loopOn(this.#store);
  }

  /** Resolves once all is answered, with the store still open. */
  async run(): Promise<EventStore> {
    const { callers, commands } = this.#options;
    const caller = async (): Promise<void> => {
      while (this.sent.length < commands) await this.#turn();
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return this.#store;
  }

  async #turn(): Promise<void> {
    const { random, commands, reopenings, streams } = this.#options;
    await this.#up;
    if (this.#reopened < reopenings && this.sent.length > ((this.#reopened + 1) * commands) / (reopenings + 1)) {
      this.#reopened += 1;
      this.#up = this.#reopen();
      return;
    }
    const earlier = this.sent[this.sent.length - 1 - random.below(Math.min(remembered, this.sent.length))];
    if (earlier !== undefined && random.below(4) === 0) return this.#send(earlier);
    const stream = `counter-${Math.floor(random.next() ** 2 * streams)}`;
    const command: SentCommand = { commandId: `cmd_${this.sent.length}`, stream, outcomes: [], refusals: [] };
    this.sent.push(command);
    // Some clients do not wait for the answer before they ask again.
    await Promise.all(Array.from({ length: random.below(10) === 0 ? 2 : 1 }, () => this.#send(command)));
  }

  async #reopen(): Promise<void> {
    await this.#store.close();
    this.#store = this.#options.open();
    this.#loop = loopOn(this.#store);
  }

  async #send(command: SentCommand): Promise<void> {
    const loop = this.#loop;
    try {
      command.outcomes.push(await loop.execute(this.#decision(command)));
    } catch (error) {
      if (error instanceof Refusal && error.code !== 'busy') command.refusals.push(error);
      else if (error instanceof StoreUnavailable || error instanceof Refusal) {
        await this.#up;
        await this.#send(command);
      } else throw error;
    }
  }

  #decision({ commandId, stream, outcomes }: SentCommand): Decision<Counter> {
    const { idOfRepetition = (id: string) => id } = this.#options;
    const number = Number(commandId.split('_')[1]);
    const size = 1 + (number % 3);
    return {
      aggregate: counter,
      id: stream.slice('counter-'.length),
      context: {
        commandId: idOfRepetition(commandId, outcomes.length),
        requestHash: `hash of ${number}`,
        actor: { kind: 'user', id: 'usr_a' },
        now: new Date().toISOString(),
        correlationId: commandId,
      },
      decide: ({ commands }) => {
        if (number % 11 === 0) throw new Refusal('over-limit');
        return Array.from({ length: size }, (_, index): Fact => {
          return { type: 'Counted', data: { number, before: commands, isLast: index === size - 1 } };
        });
      },
    };
  }
}
