import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { JsonObject } from '#eventing/json.js';
import { formatPosition } from '#eventing/position.js';
import { answerCommand } from '#platform/answers.js';
import { AnswerField, Flag, ListOfNested, Position, Revision, Text } from '#platform/fields.js';
import { detailsOf } from '#platform/request-details.js';
import type { AccessFact } from '../../events.js';
import type { Done } from '../../use-case.js';

export class ReceiptEvent {
  @Text({ max: 100 }) readonly id!: string;
  @Text({ max: 100 }) readonly type!: string;
}

/** What every command answers. */
export class Receipt {
  @Text({ max: 100, description: 'Of the thing that the command addressed or made.' })
  readonly id!: string;

  @Flag({ description: 'False when there was nothing to do.' })
  readonly changed!: boolean;

  @Position({ description: 'Of the last event; give it as `minPosition` to read what was written.' })
  readonly position!: string;

  @Revision({ description: 'The ETag of the thing from now on.' })
  readonly revision!: string;

  @ListOfNested(() => ReceiptEvent, { max: 1000 })
  readonly events!: ReceiptEvent[];

  @AnswerField(
    { type: 'integer', minimum: 0 },
    { description: 'Accesses that a cascade still takes; checks deny already.' },
  )
  readonly remaining!: number;
}

const dryRunOf = ({ outcome }: Done): JsonObject => {
  const facts = outcome.facts as readonly AccessFact[];
  const loses = facts.flatMap(({ type, data }) =>
    type === 'AccessRevoked' ? [{ userId: data.userId, applicationId: data.applicationId }] : [],
  );
  return {
    dryRun: true,
    changed: outcome.changed,
    revision: outcome.revision.toString(),
    events: facts.map(({ type, data }) => ({ type, data })),
    loses: loses.slice(0, 100),
    losesTotal: loses.length,
  };
};

const receiptOf = ({ id, outcome, remaining = 0, more }: Done): JsonObject => ({
  id,
  changed: outcome.changed,
  position: formatPosition(outcome.position),
  revision: outcome.revision.toString(),
  events: outcome.events,
  remaining,
  ...more,
});

/** Turns what became of a command into its receipt, with ETag, position and, for something new, 201 and Location. */
@Injectable()
export class ReceiptInterceptor implements NestInterceptor<Done, JsonObject> {
  intercept(context: ExecutionContext, next: CallHandler<Done>): Observable<JsonObject> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((done) => {
        const { dryRun } = detailsOf(request);
        const { position, revision, replayed } = done.outcome;
        const isNew = done.created === true && !dryRun;
        answerCommand(reply, {
          position,
          revision,
          replayed,
          ...(isNew && { location: done.location ?? `${request.url.split('?', 1)[0] ?? ''}/${done.id}` }),
        });
        return dryRun ? dryRunOf(done) : receiptOf(done);
      }),
    );
  }
}
