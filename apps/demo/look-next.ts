import type { Story } from './changes.js';

/** Where to look, with the real ids: lines that can be pasted into a shell. */
export const lookNext = (url: string, keyVariable: string, story: Story | undefined): string[] => {
  const curl = (path: string, body?: object): string =>
    `  curl -s -H "Authorization: Bearer $${keyVariable}" ` +
    (body === undefined ? '' : `-H 'Content-Type: application/json' -d '${JSON.stringify(body)}' `) +
    `'${url}${path}'`;
  const entry = (title: string, line: string): string[] => ['', title, line];
  const pages = [
    '',
    'In the browser',
    `  ${url}/mailbox   the mails that were sent`,
    `  ${url}/docs      the whole interface`,
  ];
  if (story === undefined) return [...pages, ...entry('All users', curl('/v1/users?sort=name&limit=10'))];

  const { accountId, userId, applicationId, before, after } = story;
  const person = `/v1/accounts/${accountId}/members/${userId}`;
  const ids = { accountId, userId, applicationId };
  return [
    '',
    'Look next',
    ...(process.env[keyVariable] === undefined ? [`  export ${keyVariable}=…   the key you gave`] : []),
    ...entry(
      'Who is in Harbour & Pine Joinery, with which applications',
      curl(`/v1/accounts/${accountId}/users?sort=name&limit=5`),
    ),
    ...entry('Tomasz today, and as he was just before his role changed', curl(person)),
    curl(`${person}?asOf=${before}`),
    ...entry(
      'What has changed since, by whom and why',
      curl(`/v1/diff?from=${before}&to=${after}&accountId=${accountId}`),
    ),
    ...entry('Why he may use Fieldbook: every cause', curl(`/v1/explain?${new URLSearchParams(ids).toString()}`)),
    ...entry(
      'May he edit an expiration that he owns?',
      curl('/v1/check', { ...ids, permission: 'expirations:edit', resource: { ownerId: userId } }),
    ),
    ...entry('The audit log of the account, newest first', curl(`/v1/audit-log?accountId=${accountId}&limit=10`)),
    ...pages,
  ];
};
