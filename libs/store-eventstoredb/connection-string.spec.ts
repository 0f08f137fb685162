import { describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '#eventing/event-store.js';
import { readConnectionString } from './connection-string.js';

describe('the connection string', () => {
  const search = 'maxDiscoverAttempts=1&gossipTimeout=5';

  it.each([
    ['esdb://localhost:2113?tls=false', `esdb://localhost:2113?tls=false&${search}`, 'localhost:2113'],
    ['esdb://admin:change%40it@db.example.org', `esdb://admin:change%40it@db.example.org?${search}`, 'db.example.org'],
    ['kurrentdb://a:1,b:2,c:3/?tls=true', `esdb://a:1,b:2,c:3?tls=true&${search}`, 'a:1,b:2,c:3'],
    ['kurrent+discover://u:p@cluster', `esdb+discover://u:p@cluster?${search}`, 'cluster'],
    [
      'esdb://h:1?tls=true&tlsCAFile=%2Fca.pem&nodePreference=Leader&gossip-timeout=9&maxDiscoverAttempts=2',
      'esdb://h:1?tls=true&tlsCAFile=%2Fca.pem&nodePreference=Leader&gossip-timeout=9&maxDiscoverAttempts=2',
      'h:1',
    ],
    ['esdb://h:1?defaultDeadline=1&throwOnAppendFailure=false&tlsVerifyCert=true', `esdb://h:1?${search}`, 'h:1'],
  ])('is read: %s', (text, connectionString, address) => {
    expect(readConnectionString(text, 4_200)).toEqual({ connectionString, address });
  });

  it.each([
    ['mongodb://root:secret@localhost', /does not begin with esdb:\/\/ or kurrentdb:\/\//],
    ['root:secret@localhost:2113', /does not begin/],
    ['esdb://root:secret@', /names no host/],
    ['esdb://root:se@cret@localhost', /%40/],
    ['esdb://secret@localhost', /no user:password/],
    ['esdb://root:secret@localhost:port', /names no host/],
    ['esdb://root:secret@localhost?color=red', /unknown option color/],
    ['esdb://root:secret@localhost?tls=maybe', /no fitting value for tls/],
    ['esdb://root:secret@localhost?tlsVerifyCert=false', /tlsCAFile/],
    ['esdb://root:secret@localhost?keepAliveInterval=50', /no fitting value for keepAliveInterval/],
  ])('is refused in one line without the password: %s', (text, reason) => {
    const reading = (): unknown => readConnectionString(text, 5_000);
    expect(reading).toThrow(StoreUnavailable);
    expect(reading).toThrow(reason);
    expect(reading).not.toThrow(/secret|\n/);
  });
});
