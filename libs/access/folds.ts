import type { Aggregate, FoldedEvent } from '#eventing/aggregate.js';
import type { JsonObject } from '#eventing/json.js';
import type { EventDataOf, EventName } from './events.js';

/** What each kind of event changes in a state, in place. A kind that is not named changes nothing. */
export type Folds<State> = {
  readonly [Name in EventName]?: (state: State, data: EventDataOf<Name>, event: FoldedEvent) => void;
};

/** An aggregate from its folds. Event types that are unknown here are passed over. */
export const aggregateOf = <State>(
  category: string,
  initial: (id: string) => State,
  folds: Folds<State>,
): Aggregate<State> => {
  const byType = new Map(
    Object.entries(folds) as [string, (state: State, data: JsonObject, event: FoldedEvent) => void][],
  );
  return {
    category,
    initial,
    evolve: (state, event) => {
      byType.get(event.type)?.(state, event.data, event);
      return state;
    },
  };
};

/** States by id, as far as a decision may need them; a Map is one. */
export interface Catalogue<State> {
  readonly get: (id: string) => State | undefined;
}
