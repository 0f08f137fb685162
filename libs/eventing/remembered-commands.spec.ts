import { describe, expect, it } from '@jest/globals';
import { RememberedCommands } from './remembered-commands.js';

const event = (number: number, commandId: string, decidedAt = '2026-01-01T00:00:00.000Z') => ({
  id: `evt_${number}`,
  type: 'Added',
  data: {},
  stream: 'tally-one',
  revision: BigInt(number),
  position: BigInt(number + 1),
  metadata: { commandId, requestHash: 'hash', decidedAt },
});

describe('remembered commands', () => {
  it('know all events of a command, also when somebody asks while they are folded', () => {
    const commands = new RememberedCommands();
    for (const number of [0, 1, 2]) {
      commands.add(event(number, 'cmd_x'));
      expect(commands.get('cmd_x')).toMatchObject({ revision: BigInt(number), position: BigInt(number + 1) });
    }
    expect(commands.get('cmd_x')?.events.map(({ id }) => id)).toEqual(['evt_0', 'evt_1', 'evt_2']);
  });

  it('tell what was decided last with an id', () => {
    const commands = new RememberedCommands();
    commands.add(event(0, 'cmd_x'));
    commands.add(event(1, 'cmd_y'));
    commands.add(event(2, 'cmd_x', '2026-01-03T00:00:00.000Z'));
    expect(commands.get('cmd_x')).toMatchObject({ decidedAt: '2026-01-03T00:00:00.000Z', events: [{ id: 'evt_2' }] });
  });

  it.each([1, 10_000])('are the latest 1,000, when asked after every %s events', (every) => {
    const commands = new RememberedCommands();
    for (let number = 0; number < 5_000; number += 1) {
      commands.add(event(number, `cmd_${number}`));
      if (number % every === 0) commands.get('cmd_0');
    }
    expect(commands.get('cmd_4000')).toBeDefined();
    expect(commands.get('cmd_3700')).toBeUndefined();
  });
});
