import { type LoggerService } from '@nestjs/common';
import { type DestinationStream, pino } from 'pino';
import { type LogLevel } from './config.js';

/** What may be said in a log line beside its message. Anything else is dropped, so that no personal data gets in by chance. */
const fields = [
  ...['requestId', 'correlationId', 'method', 'route', 'status', 'durationMs', 'callerKind', 'callerId'],
  ...[
    'context',
    'check',
    'view',
    'reactor',
    'queue',
    'stream',
    'position',
    'revision',
    'eventId',
    'type',
    'jobId',
    'attempt',
  ],
  ...['count', 'host', 'port', 'version', 'profile', 'signal', 'generation', 'subscriptionId', 'accountId'],
] as const;
type LogField = (typeof fields)[number];

/** A line's fields; `err` is logged with its stack. */
export type LogFields = Partial<Record<LogField, string | number | bigint | boolean | null>> & {
  readonly err?: unknown;
};

type Write = (fields: LogFields, message: string) => void;

/** Writes JSON lines. */
export interface Logger {
  readonly error: Write;
  readonly warn: Write;
  readonly info: Write;
  readonly debug: Write;
}
export const LOGGER = Symbol('Logger');

const secrets: readonly (readonly [RegExp, string])[] = [
  [/grk_[\w-]+/g, '[key]'],
  [/\bBearer\s+\S+/gi, 'Bearer [token]'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]'],
  [/(?<![\w-])[\w-]{43}(?![\w-])/g, '[token]'],
  [/[^\s"'<>()=:;,/]+@[^\s"'<>()=:;,/]+/g, '[e-mail]'],
  [/\?[^\s"']*/g, '?[query]'],
];

const tokenLength = 43;
/** Something of every secret that fits into a short text; a long one may be a token whole. */
const mark = /grk_|bearer|eyJ|[@?]/i;

/** Text without keys, tokens, e-mail addresses and query strings: for messages of errors, which may quote anything. */
export const scrub = (text: string): string =>
  text.length >= tokenLength || mark.test(text)
    ? secrets.reduce((rest, [pattern, mask]) => rest.replace(pattern, mask), text)
    : text;

const maxCauses = 5;
const errorOf = (error: unknown, depth = 0): unknown => {
  if (!(error instanceof Error)) return { type: typeof error };
  const cause = error.cause === undefined || depth === maxCauses ? {} : { cause: errorOf(error.cause, depth + 1) };
  // Frames hold `node:internal` and paths with @; only the first lines quote data.
  const [head = '', ...frames] = (error.stack ?? String(error)).split(/(?=\n {4}at )/);
  return { type: error.name, message: scrub(error.message), stack: scrub(head) + frames.join(''), ...cause };
};

const allowed = (line: Record<string, unknown>): Record<string, unknown> => {
  const kept: Record<string, unknown> = {};
  for (const field of fields) {
    const value = line[field];
    if (typeof value === 'string') kept[field] = scrub(value);
    else if (typeof value === 'bigint') kept[field] = value.toString();
    else if (typeof value === 'number' || typeof value === 'boolean' || value === null) kept[field] = value;
  }
  if (line['err'] !== undefined) kept['err'] = errorOf(line['err']);
  return kept;
};

const openStdout = (): DestinationStream => {
  const destination = pino.destination({ dest: 1, sync: true, minLength: 8 * 1024 });
  let isDue = false;
  const flush = (): void => {
    isDue = false;
    destination.flushSync();
  };
  process.on('exit', flush);
  return {
    write: (line) => {
      destination.write(line);
      if (isDue) return;
      isDue = true;
      setImmediate(flush);
    },
  };
};

let opened: DestinationStream | undefined;
/** Standard output, one for all loggers of the process; the lines of a turn of the event loop are written at once. */
const stdout = (): DestinationStream => (opened ??= openStdout());

/** A logger to stdout, or to the given stream. */
export const createLogger = ({ level, stream }: { level: LogLevel; stream?: DestinationStream }): Logger => {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const formatters = { level: (label: string) => ({ level: label }) };
  // Errors are made plain by `allowed`; pino's own serializer would take them for something else.
  const serializers = { err: (error: unknown) => error };
  const log = pino({ ...options, formatters, serializers }, stream ?? stdout());
  const write =
    (name: 'error' | 'warn' | 'info' | 'debug'): Write =>
    (line, message) =>
      log[name](allowed(line), scrub(message));
  return { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') };
};

/** Nest says at start what it maps and loads: nothing to see unless one looks for it. */
const chatter = new Set(['RoutesResolver', 'RouterExplorer', 'InstanceLoader', 'NestFactory', 'NestApplication']);

const nestLine = (message: unknown, rest: readonly unknown[]): [LogFields, string] => {
  const last = rest.at(-1);
  const context = typeof last === 'string' ? last : 'Nest';
  if (message instanceof Error) return [{ context, err: message }, message.message];
  return [{ context }, typeof message === 'string' ? message : 'a message that is no text'];
};

/** Nest's own messages through our logger. */
export const nestLogger = (logger: Logger): LoggerService => {
  const to =
    (write: Write) =>
    (message: unknown, ...rest: unknown[]): void =>
      write(...nestLine(message, rest));
  return {
    log: (message: unknown, ...rest: unknown[]) => {
      const line = nestLine(message, rest);
      if (chatter.has(String(line[0].context))) logger.debug(...line);
      else logger.info(...line);
    },
    error: to(logger.error),
    fatal: to(logger.error),
    warn: to(logger.warn),
    debug: to(logger.debug),
    verbose: to(logger.debug),
  };
};
