import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Flag, ListOf, OneOf, Text, Time } from '#platform/fields.js';
import { textKind } from '#platform/kinds.js';
import { Codes, Public, Question, RateLimit } from '#platform/routes.js';
import { hasCome } from '../../time.js';
import type { AccountRow } from '../../views/accounts.js';
import type { ApplicationRow } from '../../views/applications.js';
import { actorsOf } from '../../queries/names.js';
import { READING, type Reading } from '../../queries/query.js';
import { INVITATION_TOKENS, type InvitationTokens } from '../invitation-tokens.js';
import { TokenBody } from './invitation-token.js';

const names = textKind({ max: 100 });

/** What an invited person may know before accepting: no ids, and the e-mail only enough to recognise it. */
export class InvitationLookup {
  @Text({ max: 100 }) readonly accountName!: string;
  @Text({ max: 201 }) readonly invitedBy!: string;
  @Text({ max: 100 }) readonly role!: string;
  @ListOf(names, { max: 200 }) readonly applications!: string[];
  @ListOf(names, { max: 200, description: 'Promised, but taken from the account meanwhile.' }) readonly lost!: string[];
  @Text({ max: 254 }) readonly email!: string;
  @OneOf(['pending', 'accepted', 'declined', 'revoked', 'expired']) readonly status!: string;
  @Time() readonly expiresAt!: string;
  @Flag() readonly signInRequired!: boolean;
}

/** `ann@example.com` as `a••@example.com`. */
const masked = (email: string): string => {
  const at = email.lastIndexOf('@');
  const [first = ''] = email;
  return `${first}${'•'.repeat(Math.max(1, at - 1))}${email.slice(at)}`;
};

@Controller('v1/invitations')
export class LookUpInvitationRoute {
  constructor(
    @Inject(READING) private readonly reading: Reading,
    @Inject(INVITATION_TOKENS) private readonly tokens: InvitationTokens,
  ) {}

  @Post('lookup')
  @HttpCode(200)
  @Public()
  @Question()
  @RateLimit('token')
  @ApiTags('Invitations')
  @ApiOperation({ operationId: 'lookUpInvitation', summary: 'What a mailed token invites to.' })
  @ApiOkResponse({ type: InvitationLookup })
  @Codes('invitation-not-found')
  async lookUpInvitation(@Body() { token }: TokenBody): Promise<InvitationLookup> {
    const { invitation, moment } = await this.tokens.find(token);
    const { reader, access } = this.reading;
    const ids = invitation.applications.map(({ applicationId }) => applicationId);
    const account = (await reader.get('accounts', invitation.accountId, moment))?.body as AccountRow | undefined;
    const applications = await reader.many('applications', ids, moment);
    const roles = await access.roles(invitation.role);
    const inviter = await actorsOf(this.reading, [invitation.invitedBy], moment);
    const namesOf = (isLost: boolean): string[] =>
      invitation.applications
        .filter(({ lost }) => (lost !== null) === isLost)
        .flatMap(
          ({ applicationId }) => (applications.get(applicationId)?.body as ApplicationRow | undefined)?.name ?? [],
        );
    const isOver = invitation.status === 'pending' && hasCome(invitation.expiresAt, new Date().toISOString());
    return {
      accountName: account?.name ?? '',
      invitedBy: inviter(invitation.invitedBy).name,
      role: roles.get(invitation.role)?.title ?? invitation.role,
      applications: namesOf(false),
      lost: namesOf(true),
      email: masked(invitation.email),
      status: isOver ? 'expired' : invitation.status,
      expiresAt: invitation.expiresAt,
      signInRequired: false,
    };
  }
}
