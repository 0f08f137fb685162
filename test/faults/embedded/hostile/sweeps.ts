import { longText, millionFields } from '../../../system/hostile.js';
import { type Operation, operationsOf } from '../../../system/openapi-document.js';
import { type Draft, validDraft, wireOf, type World } from './draft.js';
import { encoded, headerNames } from './values.js';

/** A request of the operator's that nothing is wrong with. */
const plain = (operation: Operation, world: World): Draft => {
  const { operator } = world.callers;
  return { ...validDraft(operation, { ...world, callers: { operator } }), query: [] };
};

/** What the operator sends to every operation, nothing wrong with it. */
export const wellEverywhere = (world: World): readonly Draft[] =>
  operationsOf(world.document).map((operation) => plain(operation, world));

/** What a stranger sends to every operation, with the ids of an account that is none of theirs. */
export const fromAbroad = (world: World): readonly Draft[] => {
  const { stranger } = world.callers;
  return operationsOf(world.document).map((operation) => ({
    ...validDraft(operation, { ...world, callers: { stranger } }),
    query: [],
  }));
};

const withQuery = (draft: Draft, name: string, value: string): Draft => ({
  ...draft,
  query: [`${name}=${value}`],
  done: [...draft.done, `${name}=${value.slice(0, 40)}`],
});

const parameterNames = ({ parameters = [] }: Operation): readonly string[] =>
  parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);

/** 50 kB in every place of a path, in every parameter and in every header that is looked at. */
export const longEverywhere = (world: World): readonly Draft[] =>
  operationsOf(world.document).flatMap((operation) => {
    const draft = plain(operation, world);
    const segments = operation.path.split('/');
    return [
      ...segments.flatMap((segment, at) =>
        segment.startsWith('{')
          ? [{ ...draft, path: draft.path.with(at, longText), done: [...draft.done, `long ${segment}`] }]
          : [],
      ),
      ...parameterNames(operation).map((name) => withQuery(draft, name, longText)),
      ...headerNames.map((name) => ({
        ...draft,
        headers: [...draft.headers, [name, longText] as [string, string]],
        done: [...draft.done, `long ${name}`],
      })),
    ];
  });

/** Values of every wrong type and shape in every parameter of every operation; `share` of each parameter's. */
export const wrongEverywhere = (world: World, share: number): readonly Draft[] =>
  operationsOf(world.document).flatMap((operation) => {
    const draft = plain(operation, world);
    const values = encoded.filter((value) => value.length < 5_000 && !/[\s#&]/.test(value));
    return parameterNames(operation).flatMap((name) =>
      values.filter(() => world.random.next() < share).map((value) => withQuery(draft, name, value)),
    );
  });

/** A million fields to every operation that takes a body. The server may break off before it has read them. */
export const millionEverywhere = (world: World): readonly Draft[] => {
  const text = millionFields();
  return operationsOf(world.document)
    .filter(({ body }) => body !== undefined)
    .flatMap((operation) =>
      (['length', 'chunks'] as const).map((framing) => {
        const draft = { ...plain(operation, world), text, framing };
        return { ...draft, wire: wireOf(draft), done: [...draft.done, `a million fields by ${framing}`] };
      }),
    );
};
