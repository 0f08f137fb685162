// Lets Node import the sources as they are: './x.js' is the TypeScript beside it, '#lib/x.js' the one in libs.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const libs = new URL('../libs/', import.meta.url).href;
const jsc = {
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true },
  target: 'es2024',
  experimental: { keepImportAttributes: true },
};

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier.startsWith('#')) return next(libs + specifier.slice(1).replace(/\.js$/, '.ts'), context);
    const isSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(isSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
  load: (url, context, next) => {
    if (!url.endsWith('.ts')) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { filename, jsc, module: { type: 'es6' } });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
