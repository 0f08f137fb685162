import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type Rate, parseRate } from './rate.js';

/** How often callers may ask; null where there is no limit. */
export interface RateLimitConfig {
  /** Each person and each account key. */
  readonly caller: Rate | null;
  readonly platformKey: Rate | null;
  readonly applicationKey: Rate | null;
  /** Routes that take a mailed token, per address; unlimited by default where the mails lie open on this machine. */
  readonly token: Rate | null;
  /** Invitations, per account. */
  readonly invitations: Rate | null;
}

/** Everything the environment says. */
export interface Config {
  readonly profile: Profile;
  /** What this process does of what an installation needs. */
  readonly parts: Parts;
  readonly host: string;
  readonly port: number;
  /** Where the embedded profile keeps everything, the distributed one only mails without a mail server. Absolute path. */
  readonly dataDir: string;
  /** Where the engines of the distributed profile are; null in the embedded one. */
  readonly engines: EngineUrls | null;
  /** Where people reach the server, without a slash at the end; links in mails begin with it. */
  readonly baseUrl: string;
  /** Addresses and networks of reverse proxies, whose word on whom a request is from is taken. */
  readonly trustedProxies: readonly string[];
  readonly operatorKey: string | null;
  readonly masterKey: string | null;
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  /** Whether mails stay on this machine and are shown on a page: no SMTP server is set and nobody else can connect. */
  readonly mailbox: boolean;
  readonly logLevel: LogLevel;
  readonly plans: Plans;
  readonly rateLimits: RateLimitConfig;
}

export type Profile = 'embedded' | 'distributed';

export interface Parts {
  /** Serves HTTP to people and services. */
  readonly api: boolean;
  /** Keeps views up, reacts, keeps the time and works on jobs. */
  readonly worker: boolean;
}

/** Connection strings; they may hold passwords. */
export interface EngineUrls {
  readonly eventStoreDb: string;
  readonly mongoDb: string;
  /** Where keys and claims are; a database beside the views' when it is not named. */
  readonly vault: string | null;
  readonly redis: string;
}

export interface Plans {
  /** The first one is given when none is named. */
  readonly names: readonly string[];
  /** Those that include sharing. */
  readonly sharing: readonly string[];
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The environment can't be used; one line for each thing to change. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'GRANTRAIL_';
/** Settings of the command line, which may be started from the same shell. */
const ofTheClient = ['GRANTRAIL_URL', 'GRANTRAIL_KEY'];
const eventStoreProtocols = ['esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover'];
const engineSettings = [
  'GRANTRAIL_EVENTSTOREDB_URL',
  'GRANTRAIL_MONGODB_URL',
  'GRANTRAIL_VAULT_URL',
  'GRANTRAIL_REDIS_URL',
];
const isUrl = (text: string, ...protocols: readonly string[]): boolean =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol);
const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host);
const isNetwork = (text: string): boolean => {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return (
    bits > 0 && more.length === 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
};
const listOf = (text: string): string[] => text.split(',').map((part) => part.trim());

/**
 * Reads the environment. An empty variable counts as absent; a `GRANTRAIL_` variable that nobody reads is refused, for it is a typing error.
 * @throws ConfigError with a line for every problem
 */
export const readConfig = (env: Environment): Config => {
  const lines: string[] = [];
  const read = new Set<string>(ofTheClient);
  const value = (name: string): string | undefined => {
    read.add(name);
    const text = env[name]?.trim();
    return text === '' ? undefined : text;
  };
  const checked = (name: string, todo: string, holds: (text: string) => boolean): string | null => {
    const text = value(name);
    if (text === undefined || holds(text)) return text ?? null;
    lines.push(`${name}: ${todo}`);
    return null;
  };
  const oneOf = <Name extends string>(name: string, names: readonly Name[], fallback: Name): Name => {
    const text = value(name) ?? fallback;
    const found = names.find((candidate) => candidate === text);
    if (found === undefined) lines.push(`${name}: use one of ${names.join(', ')}`);
    return found ?? fallback;
  };
  const rate = (name: string, fallback: string): Rate | null => {
    const parsed = parseRate(value(name) ?? fallback);
    if (parsed === undefined)
      lines.push(`${name}: write requests per time, such as 100/s, 100/s:200 (bursts of 200), 10/min, 200/h, or none`);
    return parsed ?? null;
  };

  const port = checked(
    'PORT',
    'give a port from 0 to 65535',
    (text) => /^\d{1,5}$/.test(text) && Number(text) <= 65535,
  );
  const baseUrl = checked(
    'GRANTRAIL_BASE_URL',
    'give the address people use, such as https://grants.example.com',
    (text) => isUrl(text, 'http:', 'https:'),
  );
  const plans = readPlans(value('GRANTRAIL_PLANS'), value('GRANTRAIL_SHARING_PLANS'), lines);
  const host = value('HOST') ?? '127.0.0.1';
  const mailbox = value('SMTP_URL') === undefined && isLoopback(host);
  const profile = oneOf('GRANTRAIL_PROFILE', ['embedded', 'distributed'], 'embedded');
  const engine = (name: string, example: string, ...protocols: readonly string[]): string => {
    const text = checked(name, `give the address of the engine, such as ${example}`, (url) =>
      protocols.some((protocol) => url.startsWith(`${protocol}://`)),
    );
    if (text === null && value(name) === undefined)
      lines.push(`${name}: the distributed profile needs it; give the address of the engine, such as ${example}`);
    return text ?? '';
  };
  const engines = (): EngineUrls | null => {
    const mongo = 'mongodb://mongo.example:27017/grantrail';
    if (profile === 'embedded') {
      for (const name of engineSettings)
        if (value(name) !== undefined)
          lines.push(`${name}: only GRANTRAIL_PROFILE=distributed uses it; set that or take it away`);
      return null;
    }
    return {
      eventStoreDb: engine('GRANTRAIL_EVENTSTOREDB_URL', 'esdb://events.example:2113?tls=true', ...eventStoreProtocols),
      mongoDb: engine('GRANTRAIL_MONGODB_URL', mongo, 'mongodb', 'mongodb+srv'),
      vault: checked('GRANTRAIL_VAULT_URL', `give the address of a MongoDB database, such as ${mongo}-vault`, (url) =>
        /^mongodb(\+srv)?:\/\//.test(url),
      ),
      redis: engine('GRANTRAIL_REDIS_URL', 'redis://redis.example:6379', 'redis', 'rediss'),
    };
  };
  const config: Config = {
    profile,
    parts: readParts(value('GRANTRAIL_PARTS'), profile, lines),
    engines: engines(),
    host,
    port: Number(port ?? 3000),
    dataDir: resolve(value('GRANTRAIL_DATA_DIR') ?? './data'),
    baseUrl: (baseUrl ?? `http://localhost:${port ?? 3000}`).replace(/\/+$/, ''),
    trustedProxies: listOf(
      checked(
        'GRANTRAIL_TRUSTED_PROXIES',
        'list the addresses or networks of your reverse proxies, such as 10.0.0.7,172.16.0.0/12',
        (text) => listOf(text).every(isNetwork),
      ) ?? '',
    ).filter((network) => network !== ''),
    operatorKey: checked(
      'GRANTRAIL_OPERATOR_KEY',
      'begin it with grk_ and make it 40 characters or longer, letters, digits, - and _ only',
      (text) => text.length >= 40 && /^grk_[\w-]+$/.test(text),
    ),
    masterKey: checked(
      'GRANTRAIL_MASTER_KEY',
      'give 32 random bytes in base64 or base64url, such as from openssl rand -base64 32',
      (text) => /^[\w+/-]{43}=?$/.test(text),
    ),
    smtpUrl: checked('SMTP_URL', 'give the mail server as smtp://user:password@host:port or smtps://…', (text) =>
      isUrl(text, 'smtp:', 'smtps:'),
    ),
    mailFrom:
      checked('GRANTRAIL_MAIL_FROM', 'give the sender as name@example.com or Name <name@example.com>', (text) =>
        /^(?:[^<>\p{Cc}]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/u.test(text),
      ) ?? 'Grantrail <grantrail@localhost>',
    mailbox,
    logLevel: oneOf('LOG_LEVEL', logLevels, 'info'),
    plans,
    rateLimits: {
      caller: rate('GRANTRAIL_RATE_CALLER', '100/s:200'),
      platformKey: rate('GRANTRAIL_RATE_PLATFORM_KEY', 'none'),
      applicationKey: rate('GRANTRAIL_RATE_APPLICATION_KEY', 'none'),
      token: rate('GRANTRAIL_RATE_TOKEN', mailbox ? 'none' : '10/min'),
      invitations: rate('GRANTRAIL_RATE_INVITATIONS', '200/h'),
    },
  };
  if (profile === 'distributed' && value('GRANTRAIL_MASTER_KEY') === undefined)
    lines.push(
      'GRANTRAIL_MASTER_KEY: all processes of the distributed profile need the same; make one with openssl rand -base64 32',
    );
  if (config.smtpUrl !== null && value('GRANTRAIL_MAIL_FROM') === undefined)
    lines.push('GRANTRAIL_MAIL_FROM: name the sender of mails, since SMTP_URL is set');
  for (const name of Object.keys(env).sort())
    if (name.startsWith(prefix) && !read.has(name)) lines.push(`${name}: there is no such setting; take it away`);
  if (lines.length > 0) throw new ConfigError(lines);
  return config;
};

const readParts = (text: string | undefined, profile: Profile, lines: string[]): Parts => {
  const named = listOf(text ?? 'api,worker');
  const parts = { api: named.includes('api'), worker: named.includes('worker') };
  if (named.some((name) => name !== 'api' && name !== 'worker'))
    lines.push('GRANTRAIL_PARTS: list what this process does: api, worker, or api,worker');
  else if (profile === 'embedded' && !(parts.api && parts.worker))
    lines.push('GRANTRAIL_PARTS: the one process of the embedded profile does everything; take it away');
  return parts;
};

const readPlans = (plans: string | undefined, sharing: string | undefined, lines: string[]): Plans => {
  const names = listOf(plans ?? 'free,pro,enterprise');
  if (names.some((name) => !/^[a-z][a-z0-9-]{0,30}$/.test(name)) || new Set(names).size < names.length)
    lines.push(
      'GRANTRAIL_PLANS: list different names of lower-case letters, digits and -, such as free,pro,enterprise',
    );
  const including =
    sharing === undefined ? names.filter((name) => name !== 'free') : sharing === 'none' ? [] : listOf(sharing);
  if (including.some((name) => !names.includes(name)))
    lines.push(`GRANTRAIL_SHARING_PLANS: list plans that there are (${names.join(', ')}), or none`);
  return { names, sharing: including };
};
