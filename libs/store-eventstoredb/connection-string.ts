import { StoreUnavailable } from '#eventing/event-store.js';

/** How an EventStoreDB is reached. */
export interface Target {
  /** As the client takes it, credentials included. */
  readonly connectionString: string;
  /** Hosts and ports for messages; holds no credentials. */
  readonly address: string;
}

const schemes = /^(esdb|kurrentdb|kurrent|kdb)(\+discover)?:\/\//;
const flag = /^(true|false)$/;
const count = /^\d+$/;
const anything = /./;

/** The options that the client knows. It would print the whole string, password included, with a warning of any other. */
const options: Readonly<Record<string, RegExp>> = {
  tls: flag,
  tlscafile: anything,
  usercertfile: anything,
  userkeyfile: anything,
  nodepreference: /^(leader|follower|random|readonlyreplica)$/i,
  discoveryinterval: count,
  gossiptimeout: count,
  maxdiscoverattempts: count,
  keepaliveinterval: /^(-1|\d{5,})$/,
  keepalivetimeout: /^(-1|\d{5,})$/,
  connectionname: anything,
};

/** Answered by this adapter: it sets its own deadline, and never gets a failure it did not ask for. */
const withoutEffect = new Set(['defaultdeadline', 'throwonappendfailure']);

const refuse = (what: string): never => {
  throw new StoreUnavailable(
    `The connection string of EventStoreDB ${what}: it reads esdb://[user:password@]host:port[,host:port][?tls=true|false&tlsCAFile=…]`,
  );
};

const nameOf = (key: string): string => key.toLowerCase().replaceAll(/[_-]/g, '');

/** A search for a node ends about when whoever asked gives up, who may ask again; the client's own takes up to minutes. */
const searchOptions = (query: string, deadlineMs: number): readonly string[] => {
  const asked = new Set(query.split('&').map((pair) => nameOf(pair.split('=')[0] ?? '')));
  const seconds = Math.ceil(deadlineMs / 1_000);
  return ['maxDiscoverAttempts=1', `gossipTimeout=${seconds}`].filter(
    (pair) => !asked.has(nameOf(pair.split('=')[0] ?? '')),
  );
};

const optionsOf = (query: string): readonly string[] =>
  (query === '' ? [] : query.split('&')).filter((pair) => {
    const [key = '', value = ''] = pair.split('=');
    const name = nameOf(key);
    if (withoutEffect.has(name)) return false;
    if (name === 'tlsverifycert' && value === 'true') return false;
    if (name === 'tlsverifycert') refuse('turns the check of certificates off; name the authority with tlsCAFile');
    const allowed = options[name] ?? refuse(`has the unknown option ${key}`);
    if (!allowed.test(value)) refuse(`has no fitting value for ${key}`);
    return true;
  });

/**
 * Reads `esdb://`, `kurrentdb://` and their `+discover` forms.
 * @throws StoreUnavailable in one line that does not repeat the text, which may hold a password
 */
export const readConnectionString = (text: string, deadlineMs: number): Target => {
  const scheme = schemes.exec(text) ?? refuse('does not begin with esdb:// or kurrentdb://');
  const [places = '', query = ''] = text.slice(scheme[0].length).split('?', 2);
  const parts = places.split('@');
  if (parts.length > 2) refuse('has more than one @; write %40 for one in a password');
  const address = (parts.at(-1) ?? '').replace(/\/+$/, '');
  if (!/^[\w.-]+(:\d{1,5})?(,[\w.-]+(:\d{1,5})?)*$/.test(address)) refuse('names no host');
  if (parts.length === 2 && !/^[^:]+:[^:]+$/.test(parts[0] ?? '')) refuse('has no user:password before the @');
  const credentials = parts.length === 2 ? `${parts[0]}@` : '';
  const tail = [...optionsOf(query), ...searchOptions(query, deadlineMs)].join('&');
  return { connectionString: `esdb${scheme[2] ?? ''}://${credentials}${address}?${tail}`, address };
};
