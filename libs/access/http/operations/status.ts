import type { ReactorStatus } from '#eventing/reactor.js';
import type { TimerStatus } from '#eventing/timer.js';
import { formatPosition } from '#eventing/position.js';
import type { ParkedEvent } from '#eventing/view-store.js';
import type { ViewStatus } from '#eventing/view-runner.js';
import { platformAggregate, platformId } from '../../platform/platform.js';
import type { Operations } from './operations.js';
import type { RebuildProgress, Rebuilds } from './rebuilds.js';

export interface ViewAnswer {
  readonly name: string;
  readonly version: number;
  readonly generation: number;
  readonly position: string;
  /** Positions up to the head of the log; an engine may leave some out. */
  readonly behind: number;
  readonly state: ViewStatus['state'];
  readonly parked: number;
  readonly error: string | null;
  readonly rebuild: RebuildProgress | null;
}

export interface ReactorAnswer {
  readonly name: string;
  readonly position: string;
  readonly behind: number;
  readonly state: ReactorStatus['state'];
  readonly parked: number;
  readonly error: string | null;
}

export interface QueueAnswer {
  readonly queue: string;
  readonly waiting: number;
  readonly failed: number;
}

export interface StatusAnswer {
  readonly logId: string | null;
  readonly head: string;
  readonly views: {
    readonly total: number;
    readonly live: number;
    readonly mostBehind: number;
    readonly parked: number;
  };
  readonly reactors: readonly ReactorAnswer[];
  readonly jobs: readonly QueueAnswer[];
  readonly timer: TimerStatus | null;
}

export interface ParkedAnswer extends Omit<ParkedEvent, 'position'> {
  /** The view or reactor that could not take it in. */
  readonly by: { readonly kind: 'view' | 'reactor'; readonly name: string };
  readonly position: string;
}

const behind = (head: bigint, position: bigint): number => (position >= head ? 0 : Number(head - position));

export const viewAnswers = async ({ views }: Operations, rebuilds: Rebuilds): Promise<readonly ViewAnswer[]> => {
  const head = await views.log.head();
  return views.status().map((status) => ({
    name: status.view,
    version: status.version,
    generation: status.generation,
    position: formatPosition(status.position),
    behind: behind(head, status.position),
    state: status.state,
    parked: status.parked,
    error: status.error,
    rebuild: rebuilds.of(status.view),
  }));
};

const reactorAnswers = async ({ reactors }: Operations, head: bigint): Promise<readonly ReactorAnswer[]> => {
  const looks = await Promise.all(reactors.map((reactor) => reactor.look()));
  return looks.map((status) => ({
    name: status.reactor,
    position: formatPosition(status.position),
    behind: behind(head, status.position),
    state: status.state,
    parked: status.parked,
    error: status.error,
  }));
};

export const statusAnswer = async (operations: Operations, rebuilds: Rebuilds): Promise<StatusAnswer> => {
  const { loop, views, timer, jobs, queues } = operations;
  const [logId, head, viewsNow, counted] = await Promise.all([
    loop.read(platformAggregate, platformId, (platform) => platform.logId),
    views.log.head(),
    viewAnswers(operations, rebuilds),
    Promise.all(queues.map(async (queue) => ({ queue, ...(await jobs.counts(queue)) }))),
  ]);
  return {
    logId,
    head: formatPosition(head),
    views: {
      total: viewsNow.length,
      live: viewsNow.filter(({ state }) => state === 'live').length,
      mostBehind: Math.max(0, ...viewsNow.map((view) => view.behind)),
      parked: viewsNow.reduce((sum, { parked }) => sum + parked, 0),
    },
    reactors: await reactorAnswers(operations, head),
    jobs: counted,
    timer: timer === null ? null : timer.status,
  };
};

/** Every event that some view or reactor could not take in. */
export const parkedAnswers = async ({ views, reactors }: Operations): Promise<readonly ParkedAnswer[]> => {
  const shown = (by: ParkedAnswer['by'], parked: readonly ParkedEvent[]): ParkedAnswer[] =>
    parked.map(({ position, ...event }) => ({ by, position: formatPosition(position), ...event }));
  const ofViews = views
    .status()
    .filter(({ parked, generation }) => parked > 0 && generation > 0)
    .map(async ({ view }) => shown({ kind: 'view', name: view }, await views.parked(view)));
  const ofReactors = reactors.map(async (reactor) => {
    const { reactor: name, parked } = await reactor.look();
    return parked === 0 ? [] : shown({ kind: 'reactor', name }, await reactor.parked());
  });
  return (await Promise.all([...ofViews, ...ofReactors])).flat();
};
