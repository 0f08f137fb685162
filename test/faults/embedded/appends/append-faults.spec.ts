import { describe, expect, it } from '@jest/globals';
import type { NewEvent, RecordedEvent } from '#eventing/event-store.js';
import { AppendFaults, eventId } from './append-faults.js';
import { AppendHistory } from './append-history.js';

const eventAt = (original: number, index: number): NewEvent => ({
  id: eventId(original, index),
  type: 'PlanChanged',
  data: { original, index },
  metadata: {},
});

/** Where an event lies: of which append, and at which revision and position. */
type Place = readonly [original: number, index: number, revision: number, position: number];

const recorded = ([original, index, revision, position]: Place, rest: Partial<RecordedEvent> = {}): RecordedEvent => ({
  ...eventAt(original, index),
  stream: 'account-1',
  revision: BigInt(revision),
  position: BigInt(position),
  recordedAt: '',
  ...rest,
});

const faultsOf = (history: AppendHistory, log: readonly RecordedEvent[]): readonly string[] => {
  const check = new AppendFaults(history, eventAt);
  for (const event of log) check.logged(event);
  return check.faults();
};

/** Two appends one after the other, of two events and of one. */
const given = (): AppendHistory => {
  const history = new AppendHistory();
  history.begin('account-1', -1, 2);
  history.appended(0, 1n, 2n);
  history.begin('account-1', 1, 1);
  history.appended(1, 2n, 3n);
  return history;
};
const whole: readonly Place[] = [
  [0, 0, 0, 1],
  [0, 1, 1, 2],
  [1, 0, 2, 3],
];
const log = (places = whole): readonly RecordedEvent[] => places.map((place) => recorded(place));

describe('what is wrong with a log', () => {
  it('is nothing when everybody was told the truth', () => {
    const history = given();
    history.appended(history.repeat(0), 1n, 2n);
    history.conflict(history.begin('account-1', 0, 1), 2n);
    history.conflict(history.begin('account-1', 7, 1), 2n);
    history.conflict(history.begin('account-2', 0, 1), 'no-stream');
    history.failed(history.begin('account-2', -1, 1));
    expect(faultsOf(history, log())).toEqual([]);
  });

  it.each<readonly [string, readonly RecordedEvent[], string]>([
    ['lost', log(whole.slice(0, 2)), '1 (account-1 after 1) was acknowledged and is not in the log'],
    ['in part', log([[0, 0, 0, 1]]), '0 (account-1 after -1) is in the log in part'],
    [
      'elsewhere',
      [...log(whole.slice(0, 2)), recorded([1, 0, 2, 4])],
      '1 (account-1 after 1) was acknowledged at 2, 3; it is at 4',
    ],
    ['another’s', [...log(), recorded([7, 0, 3, 4])], 'nobody sent evt_7_0 to account-1'],
    ['twice', [...log(), recorded([1, 0, 3, 4])], 'evt_1_0 is there twice, or before what it was sent after'],
    ['changed', [...log(whole.slice(0, 2)), recorded([1, 0, 2, 3], { data: {} })], 'evt_1_0 is not as it was sent'],
    ['a gap', [...log(whole.slice(0, 2)), recorded([1, 0, 3, 3])], 'account-1 goes on with 3 after 1'],
    ['repeated positions', [...log(whole.slice(0, 2)), recorded([1, 0, 2, 2])], 'position 2 comes after 2'],
  ])('is what is %s', (_, events, fault) => {
    expect(faultsOf(given(), events)).toContain(fault);
  });

  it('is an append that lies before one acknowledged earlier', () => {
    const history = given();
    history.begin('account-2', -1, 1);
    history.appended(2, 0n, 1n);
    const events = [
      recorded([2, 0, 0, 1], { stream: 'account-2' }),
      ...log(whole.map(([o, i, r, p]) => [o, i, r, p + 1])),
    ];
    expect(faultsOf(history, events)).toContain(
      '0 was acknowledged before another began that lies before it in the log',
    );
  });

  it('is an order in a stream that is not that of the calls', () => {
    const history = new AppendHistory();
    history.begin('account-1', 0, 1);
    history.begin('account-1', -1, 1);
    history.appended(0, 1n, 2n);
    history.appended(1, 0n, 1n);
    const events = log([
      [1, 0, 0, 1],
      [0, 0, 1, 2],
    ]);
    expect(faultsOf(history, events)).toEqual(['evt_0_0 was asked for before evt_1_0, and decided after it']);
  });

  it.each<readonly [string, (history: AppendHistory) => void, RegExp]>([
    [
      'a conflict at the head',
      (history) => history.conflict(history.begin('account-1', 2, 1), 2n),
      /the stream was there/,
    ],
    ['a conflict told at no head', (history) => history.conflict(history.begin('account-1', 1, 1), 0n), /was told 0/],
    [
      'a conflict told at an old head',
      (history) => history.conflict(history.begin('account-1', 0, 1), 1n),
      /was told 1/,
    ],
    ['a refused repetition', (history) => history.conflict(history.repeat(1), 2n), /though it had been acknowledged/],
    [
      'a repetition answered elsewhere',
      (history) => history.appended(history.repeat(0), 2n, 3n),
      /acknowledged at 2, 3/,
    ],
    ['no answer', (history) => void history.begin('account-1', 2, 1), /never answered/],
  ])('is %s', (_, act, fault) => {
    const history = given();
    act(history);
    expect(faultsOf(history, log())).toEqual([expect.stringMatching(fault)]);
  });

  it('is what was written though its caller was told that it was not', () => {
    const history = given();
    history.failed(history.begin('account-1', 2, 1));
    const events = [...log(), recorded([2, 0, 3, 4])];
    expect(faultsOf(history, events)).toEqual(['2 (account-1 after 2) is in the log, and nobody was told']);
  });

  it('is no conflict that another append under way can have caused', () => {
    const history = given();
    const [one, other] = [history.begin('account-1', 2, 1), history.begin('account-1', 2, 1)];
    history.conflict(other, 3n);
    history.appended(one, 3n, 4n);
    expect(faultsOf(history, [...log(), recorded([one, 0, 3, 4])])).toEqual([]);
  });
});
