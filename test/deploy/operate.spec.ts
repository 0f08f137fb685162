import { describe, expect, it } from '@jest/globals';
import { repositoryFile } from './compose-file.js';

const guide = repositoryFile('docs/operate.md');
const namesIn = (text: string, name: RegExp): readonly string[] =>
  [...new Set([...text.matchAll(name)].map(([, found = '']) => found))].sort();

describe('docs/operate.md', () => {
  it('has every setting that is read, and no other', () => {
    const read = namesIn(
      repositoryFile('libs/platform/config.ts'),
      /'(GRANTRAIL_[A-Z_]+|SMTP_URL|LOG_LEVEL|PORT|HOST)'/g,
    );
    // Settings of the command line and of the proxy, which the server doesn't read.
    const ofOthers = ['GRANTRAIL_APIS', 'GRANTRAIL_KEY', 'GRANTRAIL_URL'];
    const told = namesIn(guide, /\b(GRANTRAIL_[A-Z_]+[A-Z]|SMTP_URL|LOG_LEVEL|PORT|HOST)\b/g);
    expect(read.length).toBeGreaterThan(15);
    const isTheServers = (name: string): boolean => !ofOthers.includes(name);
    expect(told.filter(isTheServers)).toEqual(read.filter((name) => isTheServers(name) && name !== 'GRANTRAIL_'));
  });

  it('has every metric of ours, and no other', () => {
    const measured = namesIn(repositoryFile('apps/server/metrics.ts'), /name: '(grantrail_\w+)'/g);
    expect(measured.length).toBeGreaterThan(5);
    expect(namesIn(guide, /\b(grantrail_\w+)/g)).toEqual(measured);
  });
});
