import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What the checks look at of a service (Compose specification). */
export interface Service {
  readonly image: string;
  readonly build?: { readonly dockerfile: string };
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

/** A variable that has to be set and is not. */
export class VariableMissing extends Error {
  override readonly name = 'VariableMissing';
  constructor(readonly variable: string) {
    super(`${variable} is not set`);
  }
}

type Environment = Readonly<Record<string, string>>;

const reference = /\$(?:\$|\{(\w+)(?:(:-|:\?)([^}]*))?\})/g;

/** A text with its variables filled in as Compose does: `${A}`, `${A:-otherwise}`, `${A:?}`, and `$$` for a `$`. @throws VariableMissing */
const filledIn = (text: string, env: Environment): string =>
  text.replaceAll(reference, (_, name?: string, operator?: string, otherwise?: string): string => {
    if (name === undefined) return '$';
    const value = env[name] ?? '';
    if (value !== '' || operator === undefined) return value;
    if (operator === ':?') throw new VariableMissing(name);
    return otherwise ?? '';
  });

const repository = new URL('../../', import.meta.url);

/** A file of the repository. */
export const repositoryFile = (path: string): string => readFileSync(new URL(path, repository), 'utf8');

/** The names of the variables that a file refers to. */
export const variablesOf = (path: string): ReadonlySet<string> =>
  new Set([...repositoryFile(path).matchAll(reference)].flatMap(([, name]) => name ?? []));

/** A compose file with its variables filled in. @throws VariableMissing */
export const composeFile = (path: string, env: Environment = {}): ComposeFile =>
  parse(repositoryFile(path), (_, value: unknown) => (typeof value === 'string' ? filledIn(value, env) : value), {
    merge: true,
  }) as ComposeFile;
