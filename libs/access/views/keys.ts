/** A user's place in an account. */
export const memberKey = (accountId: string, userId: string): string => `${accountId}/${userId}`;

/** A user's access to an application in an account. */
export const accessKey = (accountId: string, userId: string, applicationId: string): string =>
  `${accountId}/${userId}/${applicationId}`;

/** An application assigned to an account. */
export const assignmentKey = (accountId: string, applicationId: string): string => `${accountId}/${applicationId}`;

/** What names a member in an event's data, as the key of the member's row. */
export const memberOf = (data: { readonly accountId: string; readonly userId: string }): string =>
  memberKey(data.accountId, data.userId);

/** What names an access in an event's data, as the key of its row. */
export const accessOf = (data: {
  readonly accountId: string;
  readonly userId: string;
  readonly applicationId: string;
}): string => accessKey(data.accountId, data.userId, data.applicationId);
