import { exitCodes, Failure } from './failure.js';

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answered<Body> {
  readonly body: Body;
  readonly headers: Headers;
}

/** A running server, as whoever holds the key sees it. */
export interface Connection {
  /** Without a slash at the end. */
  readonly url: string;
  /** Asks for JSON. @throws Failure for every answer that is no success, and when there is none */
  ask<Body>(path: string, asked?: Asked): Promise<Answered<Body>>;
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly needs?: string;
  readonly problems?: readonly { readonly code: string; readonly pointer?: string; readonly parameter?: string }[];
}

const isAborted = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

const unreachable = (url: string, error: unknown): Failure => {
  const cause = (error as { cause?: { code?: unknown } } | null)?.cause?.code;
  const because = typeof cause === 'string' ? ` (${cause})` : '';
  return new Failure(
    `No server answers at ${url}${because}. Start it, or say where it is with --server or GRANTRAIL_URL.`,
    exitCodes.unreachable,
  );
};

const messageOf = (status: number, problem: Problem, hasKey: boolean): string => {
  const { title = `The server answered ${status}`, detail = '', code, needs, problems = [] } = problem;
  if (status === 401 && !hasKey)
    return 'No key. Give one with --key or GRANTRAIL_KEY; the server printed the first one when it started for the first time.';
  if (status === 401) return `The key is not accepted (${code ?? status}): ${detail}`;
  if (status === 403 && needs !== undefined) return `Not allowed: this needs ${needs}, which the key does not have.`;
  const places = problems.map(({ pointer, parameter, code: fault }) => `${pointer ?? parameter ?? ''} ${fault}`.trim());
  return `${title}: ${detail}${places.length > 0 ? ` [${places.join(', ')}]` : ''} (${code ?? status})`;
};

const refusalOf = async (response: Response, url: string, hasKey: boolean): Promise<Failure> => {
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  if (problem?.code === undefined)
    return new Failure(
      `${url} answered ${response.status} without saying why; is it a Grantrail server?`,
      exitCodes.unreachable,
    );
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new Failure(
    messageOf(response.status, problem, hasKey),
    response.status === 401 || response.status === 403 ? exitCodes.refused : exitCodes.failed,
    problem.code,
    Number.isFinite(seconds) ? seconds : undefined,
  );
};

/**
 * A connection to the server at an address.
 * @throws Failure when the address is none of the web
 */
export const connect = (address: string, key: string | undefined): Connection => {
  const { protocol } = URL.canParse(address) ? new URL(address) : { protocol: '' };
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new Failure(`${address} is no web address; write http://host:port.`, exitCodes.usage);
  const url = address.replace(/\/+$/, '');
  return {
    url,
    ask: async (path, { method = 'GET', body, headers = {}, signal } = {}) => {
      const response = await fetch(url + path, {
        method,
        headers: {
          Accept: 'application/json',
          ...(key !== undefined && { Authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      }).catch((error: unknown) => {
        throw isAborted(error) ? error : unreachable(url, error);
      });
      if (!response.ok) throw await refusalOf(response, url, key !== undefined);
      const answer = (await response.json().catch((error: unknown) => {
        if (isAborted(error)) throw error;
        throw error instanceof SyntaxError
          ? new Failure(`${url} answers, but not in JSON; is it a Grantrail server?`, exitCodes.unreachable)
          : unreachable(url, error);
      })) as never;
      return { body: answer, headers: response.headers };
    },
  };
};
