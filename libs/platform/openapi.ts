import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { codesByStatus, type OperationTraits } from './operation-codes.js';
import { commandParameters, components, versionedParameters } from './openapi-components.js';
import { headersOf } from './openapi-headers.js';

type Json = Record<string, unknown>;

interface Operation extends Json {
  operationId: string;
  parameters?: Json[];
  responses: Record<string, Json>;
  requestBody?: Json;
}

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The document would promise what the server doesn't hold; the message says what to change. */
export class OpenApiError extends Error {
  override readonly name = 'OpenApiError';
}

/**
 * OpenAPI 3.1 of all controllers: codes by status, headers of commands, closed request objects.
 * @throws OpenApiError for an operationId or a class used twice in ways that exclude each other
 */
export const openApiDocument = (app: INestApplication): OpenAPIObject => {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Grantrail')
    .setDescription(
      'Who may use which application, in which role, since when, by whose decision and why. Codes: /docs/problems.',
    )
    .setVersion('1')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
    autoTagControllers: false,
  });
  const paths = document.paths as unknown as Record<string, Record<string, Operation | undefined>>;
  const schemas = (document.components?.schemas ?? {}) as Json;
  const seen = new Map<string, string>();
  for (const [path, item] of Object.entries(paths))
    for (const method of methods) {
      const operation = item[method];
      if (operation === undefined) continue;
      const place = `${method.toUpperCase()} ${path}`;
      const other = seen.get(operation.operationId);
      if (other !== undefined) throw new OpenApiError(`${place} and ${other} are both called ${operation.operationId}`);
      seen.set(operation.operationId, place);
      const isVersioned = method === 'get' && operation['x-question'] !== true && hasRevision(operation, schemas);
      finish(operation, traitsOf(operation, method, path), isVersioned);
    }
  closeRequests(paths, schemas);
  document.components = {
    ...document.components,
    ...components,
    schemas: { ...schemas, ...components.schemas },
  } as never;
  return document;
};

const traitsOf = (operation: Operation, method: string, path: string): OperationTraits => {
  const take = (name: string): unknown => {
    const value = operation[name];
    Reflect.deleteProperty(operation, name);
    return value;
  };
  const open = take('x-public');
  return {
    kind: method === 'get' || take('x-question') === true ? 'question' : 'command',
    caller: open === undefined ? 'required' : open === true ? 'none' : 'optional',
    // Also where none is declared, whatever is sent is looked at.
    hasBody: method !== 'get',
    hasPathParameter: path.includes('{'),
    pagination: operation['x-pagination'] as OperationTraits['pagination'],
    codes: (take('x-codes') ?? []) as OperationTraits['codes'],
  };
};

const finish = (operation: Operation, traits: OperationTraits, isVersioned: boolean): void => {
  if (traits.caller === 'required') operation['security'] = [{ bearer: [] }];
  else operation['security'] = traits.caller === 'none' ? [] : [{}, { bearer: [] }];
  if (traits.kind === 'command') operation.parameters = [...(operation.parameters ?? []), ...commandParameters];
  if (isVersioned) {
    operation.parameters = [...(operation.parameters ?? []), ...versionedParameters];
    operation.responses['304'] = { description: 'The client has it already.' };
  }
  for (const response of Object.values(operation.responses))
    response['description'] = response['description'] === '' ? 'Done' : response['description'];
  for (const [status, codes] of codesByStatus(traits))
    operation.responses[status] = {
      description: codes.join(', '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      'x-codes': codes,
    };
  for (const [status, response] of Object.entries(operation.responses))
    response['headers'] = {
      ...(response['headers'] as Json | undefined),
      ...headersOf(traits.kind, isVersioned, status),
    };
};

const prefix = '#/components/schemas/';

/** Whether a resource is answered that has a revision, and so an ETag. */
const hasRevision = ({ responses }: Operation, schemas: Json): boolean => {
  const { schema } =
    (responses['200']?.['content'] as Record<string, { schema?: Json }> | undefined)?.['application/json'] ?? {};
  const name = schema?.['$ref'];
  if (typeof name !== 'string') return false;
  const { properties = {} } = schemas[name.slice(prefix.length)] as { properties?: Json };
  return 'revision' in properties;
};

const referred = (node: unknown, schemas: Json, found = new Set<string>()): Set<string> => {
  if (typeof node !== 'object' || node === null) return found;
  for (const [key, value] of Object.entries(node)) {
    if (key !== '$ref' || typeof value !== 'string' || !value.startsWith(prefix)) referred(value, schemas, found);
    else if (!found.has(value.slice(prefix.length))) {
      found.add(value.slice(prefix.length));
      referred(schemas[value.slice(prefix.length)], schemas, found);
    }
  }
  return found;
};

/** Requests refuse unknown fields, answers may gain some: one class can't be in both. */
const closeRequests = (paths: Record<string, Record<string, Operation | undefined>>, schemas: Json): void => {
  const operations = Object.values(paths).flatMap((item) => methods.flatMap((method) => item[method] ?? []));
  const asked = referred(
    operations.map(({ requestBody }) => requestBody),
    schemas,
  );
  const answered = referred(
    operations.map(({ responses }) => responses),
    schemas,
  );
  for (const name of asked) {
    if (!(name in schemas)) throw new OpenApiError(`${name} is referred to and not there`);
    if (answered.has(name)) throw new OpenApiError(`${name} is in a request and in an answer: give each its own class`);
    (schemas[name] as Json)['additionalProperties'] = false;
  }
};
