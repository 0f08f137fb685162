import { Gauge, type Registry } from 'prom-client';
import { isTransient } from '#eventing/retrying.js';
import type { HealthChecks } from '#platform/health.js';
import type { Installation } from './installation.js';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

interface Measure {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** All there is to tell now; told whenever metrics are asked for. */
  readonly samples: () => readonly Sample[] | Promise<readonly Sample[]>;
}

/** What an engine that is away can't tell is left out: the other metrics are needed most then. */
const unlessAway = async (samples: Measure['samples']): Promise<readonly Sample[]> => {
  try {
    return await samples();
  } catch (error) {
    if (!isTransient(error)) throw error;
    return [];
  }
};

const add = (registry: Registry, { name, help, labels = [], samples }: Measure): void => {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect: async () => {
      const told = await unlessAway(samples);
      // Without labels, a reset would say 0.
      if (labels.length === 0) gauge.remove();
      else gauge.reset();
      for (const [of, value] of told) gauge.set(of, value);
    },
  });
};

/** The parts of an installation that are measured. */
export interface Measured extends Pick<Installation, 'views' | 'engines' | 'reactors' | 'timer' | 'jobs' | 'queues'> {
  readonly freshness: Pick<Installation['freshness'], 'staleSince'>;
  readonly loop: Pick<Installation['loop'], 'readings'>;
}

/** Registers what an installation tells of itself; counts and lags only, nothing of what is recorded. */
export const measure = (registry: Registry, checks: Pick<HealthChecks, 'run'>, installation: Measured): void => {
  const { views, engines, jobs, queues, freshness, loop } = installation;
  /** Where another process has a reactor or the time, that one tells of it. */
  const reactors = () => installation.reactors.map(({ status }) => status).filter(({ state }) => state !== 'stopped');
  const measures: readonly Measure[] = [
    {
      name: 'grantrail_check_ok',
      help: 'Whether a check of /health/ready is well (1) or not (0)',
      labels: ['check'],
      samples: async () =>
        Object.entries((await checks.run()).checks).map(([check, { ok }]) => [{ check }, Number(ok)]),
    },
    {
      name: 'grantrail_log_head_position',
      help: 'Position of the last event of the log; absent while the log can not be asked',
      samples: async () => [[{}, Number(await engines.log.head())]],
    },
    {
      name: 'grantrail_stream_readings',
      help: 'Readings of streams since the start: to fold states, and where processes share a log to confirm them',
      samples: () => [[{}, loop.readings]],
    },
    {
      name: 'grantrail_view_position',
      help: 'Position up to which a view has the log',
      labels: ['view'],
      samples: () => views.status().map(({ view, position }) => [{ view }, Number(position)]),
    },
    {
      name: 'grantrail_view_parked_events',
      help: 'Events that a view could not take in',
      labels: ['view'],
      samples: () => views.status().map(({ view, parked }) => [{ view }, parked]),
    },
    {
      name: 'grantrail_stale_seconds',
      help: 'For how long what is read here may have lacked something; 0 while it is fresh',
      samples: () => {
        const { staleSince } = freshness;
        return [[{}, staleSince === null ? 0 : (Date.now() - staleSince.getTime()) / 1_000]];
      },
    },
    {
      name: 'grantrail_reactor_position',
      help: 'Position up to which a reactor of this process has reacted to the log',
      labels: ['reactor'],
      samples: () => reactors().map(({ reactor, position }) => [{ reactor }, Number(position)]),
    },
    {
      name: 'grantrail_reactor_parked_events',
      help: 'Events that a reactor of this process could not react to',
      labels: ['reactor'],
      samples: () => reactors().map(({ reactor, parked }) => [{ reactor }, parked]),
    },
    {
      name: 'grantrail_timer_failing',
      help: 'Due things whose doing failed last time, where this process keeps the time',
      samples: () => {
        const timer = installation.timer?.status;
        return timer === undefined || timer.state === 'stopped' ? [] : [[{}, timer.failing]];
      },
    },
    {
      name: 'grantrail_jobs',
      help: 'Jobs of a queue that wait (or are at work), and that were given up (failed); of all processes',
      labels: ['queue', 'state'],
      samples: async () => {
        const counted = queues.map(async (queue): Promise<Sample[]> => {
          const { waiting, failed } = await jobs.counts(queue);
          return [
            [{ queue, state: 'waiting' }, waiting],
            [{ queue, state: 'failed' }, failed],
          ];
        });
        return (await Promise.all(counted)).flat();
      },
    },
    {
      name: 'grantrail_lease_held',
      help: 'Work that processes share by leases: whether it goes on in this one (1) or not (0)',
      labels: ['lease'],
      samples: () => [...(engines.leases?.held() ?? [])].map(([lease, held]) => [{ lease }, Number(held)]),
    },
  ];
  for (const each of measures) add(registry, each);
};
