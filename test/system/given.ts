import type { Body, CallOptions, Server } from './server.js';

const text = (body: Body, field: string): string => body[field] as string;

/** An account whose owner has accepted. */
export const openAccount = async (
  server: Server,
  name: string,
): Promise<{ readonly id: string; readonly ownerId: string }> => {
  const email = `olga@${name.toLowerCase()}.example`;
  const owner = { firstName: 'Olga', lastName: 'Owner', email };
  const account = await server.ok('POST', '/v1/accounts', { name, owner });
  await accept(server, email);
  return { id: text(account, 'id'), ownerId: text(account, 'ownerId') };
};

/** An active application of the platform. */
export const activeApplication = async (server: Server, name: string): Promise<string> => {
  const id = text(await server.ok('POST', '/v1/applications', { name }), 'id');
  await server.ok('POST', `/v1/applications/${id}/activate`, {});
  return id;
};

export const assign = async (
  server: Server,
  accountId: string,
  ...applicationIds: readonly string[]
): Promise<unknown> => server.ok('POST', `/v1/accounts/${accountId}/applications`, { applicationIds });

/** Invites Ann Lee with an e-mail address. */
export const invite = async (
  server: Server,
  accountId: string,
  email: string,
  rest: { readonly role?: string; readonly applicationIds?: readonly string[] } = {},
  options?: CallOptions,
): Promise<{ readonly invitationId: string; readonly userId: string }> => {
  const body = { firstName: 'Ann', lastName: 'Lee', email, role: 'staff', ...rest };
  const invited = await server.ok('POST', `/v1/accounts/${accountId}/invitations`, body, options);
  return { invitationId: text(invited, 'id'), userId: text(invited, 'userId') };
};

/** Accepts with the token of the newest mail to an address. */
export const accept = async (server: Server, email: string): Promise<Body> =>
  server.ok('POST', '/v1/invitations/accept', { token: await server.tokenFor(email) }, { key: null });

/** Someone who has joined. */
export const member = async (
  server: Server,
  accountId: string,
  email: string,
  rest: { readonly role?: string; readonly applicationIds?: readonly string[] } = {},
): Promise<string> => {
  const { userId } = await invite(server, accountId, email, rest);
  await accept(server, email);
  return userId;
};

export interface IssuedKey {
  readonly id: string;
  readonly secret: string;
}

/** A key of a service, without a scope's kind for the whole platform. */
export const issueKey = async (
  server: Server,
  scope: { readonly accountId?: string; readonly applicationId?: string },
  permissions: readonly string[],
  rest: { readonly expiresAt?: string } = {},
): Promise<IssuedKey> => {
  const kind =
    scope.accountId !== undefined ? 'account' : scope.applicationId !== undefined ? 'application' : 'platform';
  const body = { name: 'A service', scope: { kind, ...scope }, permissions, ...rest };
  const issued = await server.ok('POST', '/v1/api-keys', body);
  return { id: text(issued, 'id'), secret: text(issued, 'secret') };
};
