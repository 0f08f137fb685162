import { Body, Controller, Inject, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Refusal } from '#eventing/refusal.js';
import { Id, ListOf, Name, Nested, OneOf, Reasoned, Text, Time } from '#platform/fields.js';
import { textKind } from '#platform/kinds.js';
import { IssueApiKey } from '../../api-key/issue-api-key.js';
import { apiKeyIdOf, apiKeySha256 } from '../../api-key/secret.js';
import type { CallerContext, KeyScope } from '../../caller.js';
import type { Done } from '../../use-case.js';
import { API_KEY_SECRETS, type ApiKeySecrets } from '../tokens.js';
import { CommandRoute } from './command-route.js';
import { Context } from './context.js';
import { Receipt } from './receipt.js';

export class KeyScopeBody {
  @OneOf(['platform', 'account', 'application']) readonly kind!: 'platform' | 'account' | 'application';
  @Id('acc', { optional: true, description: 'Of an account key.' }) readonly accountId?: string;
  @Id('app', { optional: true, description: 'Of an application key.' }) readonly applicationId?: string;
}

export class IssueApiKeyBody extends Reasoned {
  @Name() readonly name!: string;
  @Nested(() => KeyScopeBody) readonly scope!: KeyScopeBody;
  @ListOf(textKind({ max: 100 }), {
    min: 1,
    max: 200,
    description: '`resource:action` or `resource:action@scope`, no more than yours.',
  })
  readonly permissions!: string[];
  @Time({ optional: true }) readonly expiresAt?: string;
}

export class ApiKeyReceipt extends Receipt {
  @Text({ max: 100, nullable: true, description: 'Shown this once; null when the request is repeated.' })
  readonly secret!: string | null;
}

@Controller('v1/api-keys')
export class IssueApiKeyRoute {
  constructor(
    private readonly commands: CommandBus,
    @Inject(API_KEY_SECRETS) private readonly secrets: ApiKeySecrets,
  ) {}

  @Post()
  @CommandRoute('issueApiKey', {
    summary: 'Makes a key for a service; its secret is shown this once.',
    needs: 'api-keys:manage',
    codes: [
      'scope-exceeds-yours',
      'permission-unknown',
      'expires-at-past',
      'account-not-found',
      'application-not-found',
    ],
    creates: true,
    answer: ApiKeyReceipt,
  })
  async issueApiKey(@Body() body: IssueApiKeyBody, @Context() context: CallerContext): Promise<Done> {
    const secret = this.secrets.secretOf(context);
    const identity = { keyId: apiKeyIdOf(secret), secretSha256: apiKeySha256(secret) };
    const { name, permissions, expiresAt } = body;
    const command = new IssueApiKey({ ...identity, name, permissions, expiresAt, scope: scopeOf(body.scope) }, context);
    const done = await this.commands.execute<IssueApiKey, Done>(command);
    return { ...done, more: { secret: done.outcome.changed && !done.outcome.replayed ? secret : null } };
  }
}

const missing = (field: 'accountId' | 'applicationId'): never => {
  throw new Refusal('invalid-request', {}, [{ pointer: `/scope/${field}`, code: 'required' }]);
};

/** @throws Refusal invalid-request where the kind lacks the id that it is about */
export const scopeOf = ({ kind, accountId, applicationId }: KeyScopeBody): KeyScope => {
  if (kind === 'account') return { kind, accountId: accountId ?? missing('accountId') };
  return kind === 'application' ? { kind, applicationId: applicationId ?? missing('applicationId') } : { kind };
};
