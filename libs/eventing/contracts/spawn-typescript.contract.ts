import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '../../..');
const rootUrl = pathToFileURL(`${root}/`).href;
const swc = import.meta.resolve('@swc/core');

/** Lets a child process import the sources as they are, without a build. */
const sourceHooks = `
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import swc from ${JSON.stringify(swc)};
const jsc = { parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true, decoratorMetadata: true }, target: 'es2024', experimental: { keepImportAttributes: true } };
registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier.startsWith('#')) return next(${JSON.stringify(rootUrl)} + 'libs/' + specifier.slice(1).replace(/\\.js$/, '.ts'), context);
    const isSource = context.parentURL?.endsWith('.ts') && specifier.startsWith('.');
    return next(isSource ? specifier.replace(/\\.js$/, '.ts') : specifier, context);
  },
  load: (url, context, next) => {
    if (!url.endsWith('.ts')) return next(url, context);
    const path = fileURLToPath(url);
    const { code } = swc.transformSync(readFileSync(path, 'utf8'), { filename: path, jsc, module: { type: 'nodenext' }, sourceMaps: 'inline' });
    return { format: 'module', source: code, shortCircuit: true };
  },
});`;

/** A process of its own that runs code against the sources. */
export interface TypeScriptProcess {
  readonly process: ChildProcess;
  /** What it prints, line by line, until it ends. */
  readonly lines: AsyncIterableIterator<string>;
  /** Resolves with the exit code or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export interface SpawnOptions {
  /** Shell words put before the command, such as a limit: `ulimit -f 64;`. */
  readonly before?: string;
}

/** Runs a module's code in a new process; it may import libraries as `#eventing/event-store.js`. Errors go to stderr. */
export const spawnTypeScript = (code: string, options: SpawnOptions = {}): TypeScriptProcess => {
  const hooks = `data:text/javascript,${encodeURIComponent(sourceHooks)}`;
  const words = ['--no-warnings', '--import', hooks, '--input-type=module', '--eval', code];
  const child = spawn('/bin/sh', ['-c', `${options.before ?? ''} exec "$0" "$@"`, process.execPath, ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return {
    process: child,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    ended: new Promise((done, fail) => {
      child.once('error', fail);
      child.once('close', (code, signal) => done(code ?? signal ?? 'unknown'));
    }),
  };
};
