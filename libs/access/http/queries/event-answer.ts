import { AnswerField, Flag, ListOfNested, Nested, Position, Revision, Text, Time } from '#platform/fields.js';
import { ChangeActor } from './access-changes-feed.js';

export class RecordedEventAnswer {
  @Position() readonly position!: string;
  @Text({ max: 200 }) readonly stream!: string;
  @Revision() readonly revision!: string;
  @Text({ max: 100 }) readonly eventId!: string;
  @Text({ max: 100 }) readonly type!: string;
  @AnswerField({ type: 'integer', minimum: 1 }) readonly schemaVersion!: number;
  @Time() readonly recordedAt!: string;
  @Nested(() => ChangeActor) readonly actor!: ChangeActor;
  @Text({ max: 2_000, nullable: true }) readonly reason!: string | null;
  @Text({ max: 200, nullable: true }) readonly ticket!: string | null;
  @Text({ max: 200, nullable: true }) readonly correlationId!: string | null;
  @Text({ max: 200, nullable: true }) readonly causationId!: string | null;
  @Text({ max: 200, nullable: true }) readonly commandId!: string | null;
  @AnswerField({ type: 'object', additionalProperties: true }) readonly data!: object;
}

export class EventFeed {
  @ListOfNested(() => RecordedEventAnswer, { max: 1_000 }) readonly items!: RecordedEventAnswer[];
  @Text({ max: 2_000, description: 'Send it as `after` to go on.' }) readonly nextAfter!: string;
  @Flag({ description: 'Whether there is more already.' }) readonly more!: boolean;
}
