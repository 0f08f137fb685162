import type { EventMetadata, RecordedEvent } from './event-store.js';
import type { JsonObject } from './json.js';

/** A fact that a decision has come to; the loop adds id and metadata and seals what is personal. */
export interface Fact<Type extends string = string, Data extends JsonObject = JsonObject> {
  readonly type: Type;
  readonly data: Data;
}

/** An event as a fold sees it: upcast, personal fields still sealed. Its position may not be known yet. */
export interface FoldedEvent extends Fact {
  readonly id: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly metadata: EventMetadata;
}

/** How a stream becomes state. `evolve` owns the state it is given, may change it in place, and never throws. */
export interface Aggregate<State> {
  /** The stream's prefix: `account` of `account-acc_7…`. */
  readonly category: string;
  readonly initial: (id: string) => State;
  readonly evolve: (state: State, event: FoldedEvent) => State;
}

/** The stream of an aggregate; one that there is only once has the id ''. */
export const streamOf = ({ category }: { readonly category: string }, id: string): string =>
  id === '' ? category : `${category}-${id}`;

export const fold = <State>(
  aggregate: Aggregate<State>,
  id: string,
  events: readonly FoldedEvent[] | readonly RecordedEvent[],
): State => events.reduce<State>((state, event) => aggregate.evolve(state, event), aggregate.initial(id));
