import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { JsonObject } from '#eventing/json.js';
import { appendLimits } from '#eventing/event-store.js';
import { formatPosition } from '#eventing/position.js';
import { answerCommand } from '#platform/answers.js';
import { AnswerField, Flag, Id, ListOfNested, Position, Revision, Text } from '#platform/fields.js';
import { detailsOf } from '#platform/request-details.js';
import type { AccessFact } from '../../events.js';
import { streamOfFact } from '../../fact-stream.js';
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

export class TriedEvent {
  @Text({ max: 100 }) readonly type!: string;
  @Text({ max: 200, description: 'Where it would be written.' }) readonly stream!: string;
  @AnswerField({ type: 'object', additionalProperties: true }) readonly data!: JsonObject;
}

export class Loss {
  @Id('usr') readonly userId!: string;
  @Id('app') readonly applicationId!: string;
}

/** What a command with `dryRun=true` answers: nothing was written. */
export class DryRun {
  @Flag() readonly dryRun!: boolean;
  @Flag({ description: 'False when there would be nothing to do.' }) readonly changed!: boolean;
  @Revision({
    nullable: true,
    description: 'Send the command with this as If-Match to have it decided on the same state; null for something new.',
  })
  readonly revision!: string | null;
  @ListOfNested(() => TriedEvent, { max: 1000, description: 'What would be written, the first thousand.' })
  readonly events!: TriedEvent[];
  @ListOfNested(() => Loss, { max: 100, description: 'Accesses that it would take, the first hundred.' })
  readonly loses!: Loss[];
  @AnswerField({ type: 'integer', minimum: 0 }) readonly losesTotal!: number;
}

const dryRunOf = ({ outcome }: Done): JsonObject => {
  const facts = outcome.facts as readonly AccessFact[];
  const loses = facts.flatMap(({ type, data }) =>
    type === 'AccessRevoked' ? [{ userId: data.userId, applicationId: data.applicationId }] : [],
  );
  return {
    dryRun: true,
    changed: outcome.changed,
    revision: outcome.revision < 0n ? null : outcome.revision.toString(),
    events: facts
      .slice(0, appendLimits.events)
      .map((tried) => ({ type: tried.type, stream: streamOfFact(tried), data: tried.data })),
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
