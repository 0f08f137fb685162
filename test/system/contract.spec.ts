import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { catalogue } from '#platform/problem-catalogue.js';
import { documentOf, type Document, type Operation, operationsOf, resolved, type Schema } from './openapi-document.js';
import { Server } from './server.js';

/** Every route of this version. */
const routes = `
  registerApplication listApplications getApplication activateApplication deactivateApplication chooseDefaultApplication
  listApplicationAccounts listApplicationUsers openAccount listAccounts getAccount assignApplication unassignApplication
  listAccountApplications getAccountApplication inviteUser resendInvitation revokeInvitation acceptInvitation
  declineInvitation lookUpInvitation listInvitations listAccountInvitations getInvitation changeRole grantAccess
  grantAccessToMany revokeAccess revokeAccessFromMany removeMember getMember listUsers listAccountUsers getUser
  getUserAccess listSharedAccounts issueApiKey revokeApiKey listApiKeys getApiKey listAuditLog listMyAuditLog listRoles
  getRole getRoleMatrix listPermissions getMe getPlatform getPosition check checkBatch explain diff followEvents getEvent
  followAccessChanges streamAccessChanges getOperationsStatus listViews listParkedEvents getViewDigest rebuildView verifyView`
  .trim()
  .split(/\s+/);

describe('what /openapi.json says', () => {
  let server: Server;
  let document: Document;
  let operations: readonly Operation[];
  beforeAll(async () => {
    server = await Server.start();
    document = await documentOf(server);
    operations = operationsOf(document);
  });
  afterAll(() => server.dispose());

  it('is OpenAPI 3.1, of every route and of nothing else', async () => {
    const validation = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect(validation).toEqual({ valid: true });
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual([...routes].sort());
  });

  it('tells of each route what it does, who may call it, and every code it refuses with', () => {
    for (const { operationId, summary, security, responses, path } of operations) {
      expect([operationId, summary]).toEqual([operationId, expect.stringMatching(/^[A-Z].*[.?]$/)]);
      expect([operationId, security]).toEqual([operationId, expect.any(Array)]);
      const isOpen = /^\/v1\/invitations\/(accept|decline|lookup)$/.test(path);
      expect([operationId, security]).toEqual([operationId, isOpen ? [] : [{ bearer: [] }]]);
      for (const [status, response] of Object.entries(responses)) {
        if (status < '400') continue;
        const codes = response['x-codes'] ?? [];
        expect([operationId, status, codes.length > 0]).toEqual([operationId, status, true]);
        const statuses = codes.map((code) => catalogue[code as keyof typeof catalogue][0]);
        expect([operationId, new Set(statuses)]).toEqual([operationId, new Set([Number(status)])]);
      }
    }
  });

  it('closes what is sent, and makes every field of an answer required', () => {
    const open: string[] = [];
    const walk = (schema: Schema, where: string, isSent: boolean): void => {
      const known = resolved(schema, document);
      if (known.properties === undefined) {
        if (known.items !== undefined) walk(known.items, `${where}[]`, isSent);
        return;
      }
      if (isSent && known.additionalProperties !== false) open.push(where);
      for (const [name, inner] of Object.entries(known.properties)) {
        // A scope has what its kind has.
        const isOptional =
          known.required?.includes(name) !== true && !/scope\.(account|application)Id$/.test(`${where}.${name}`);
        if (!isSent && isOptional && !where.includes('Problem')) open.push(`${where}.${name} is optional`);
        if (inner.$ref !== schema.$ref) walk(inner, `${where}.${name}`, isSent);
      }
    };
    for (const { operationId, body, responses } of operations) {
      if (body !== undefined) walk(body, operationId, true);
      for (const [status, { content = {} }] of Object.entries(responses))
        for (const { schema } of Object.values(content)) if (status < '400') walk(schema, operationId, false);
    }
    expect(open).toEqual([]);
  });
});
