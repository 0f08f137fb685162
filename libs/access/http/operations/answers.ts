import { AnswerField, Flag, ListOfNested, Nested, OneOf, Position, Text } from '#platform/fields.js';

const states = ['catching-up', 'live', 'retrying', 'stopped'];
const reactorStates = [...states, 'elsewhere'];
const wholeNumber = { type: 'integer', minimum: 0 };
const text = { max: 500, nullable: true };

export class ViewRebuild {
  @Position() readonly position!: string;
  @Position() readonly head!: string;
  @OneOf(['running', 'done', 'failed']) readonly state!: string;
  @Text(text) readonly error!: string | null;
}

export class ViewStatusAnswer {
  @Text({ max: 100 }) readonly name!: string;
  @AnswerField(wholeNumber) readonly version!: number;
  @AnswerField(wholeNumber, { description: 'Counts up with every rebuild; 0 before there is one to read.' })
  readonly generation!: number;
  @Position() readonly position!: string;
  @AnswerField(wholeNumber, { description: 'Positions up to the head of the log.' }) readonly behind!: number;
  @OneOf(states) readonly state!: string;
  @AnswerField(wholeNumber) readonly parked!: number;
  @Text(text) readonly error!: string | null;
  @Nested(() => ViewRebuild, { nullable: true, description: 'The last rebuild since the start of the process.' })
  readonly rebuild!: ViewRebuild | null;
}

export class ViewStatusList {
  @ListOfNested(() => ViewStatusAnswer, { max: 100 }) readonly items!: ViewStatusAnswer[];
}

export class ViewsSummary {
  @AnswerField(wholeNumber) readonly total!: number;
  @AnswerField(wholeNumber) readonly live!: number;
  @AnswerField(wholeNumber) readonly mostBehind!: number;
  @AnswerField(wholeNumber) readonly parked!: number;
}

export class ReactorStatusAnswer {
  @Text({ max: 100 }) readonly name!: string;
  @Position() readonly position!: string;
  @AnswerField(wholeNumber) readonly behind!: number;
  @OneOf(reactorStates) readonly state!: string;
  @AnswerField(wholeNumber) readonly parked!: number;
  @Text(text) readonly error!: string | null;
}

export class QueueStatusAnswer {
  @Text({ max: 100 }) readonly queue!: string;
  @AnswerField(wholeNumber) readonly waiting!: number;
  @AnswerField(wholeNumber) readonly failed!: number;
}

export class TimerStatusAnswer {
  @OneOf(['live', 'retrying', 'stopped']) readonly state!: string;
  @Text(text) readonly error!: string | null;
  @AnswerField(wholeNumber) readonly failing!: number;
}

export class OperationsStatus {
  @Text({ max: 100, nullable: true }) readonly logId!: string | null;
  @Position({ description: 'Of the last event.' }) readonly head!: string;
  @Nested(() => ViewsSummary) readonly views!: ViewsSummary;
  @ListOfNested(() => ReactorStatusAnswer, { max: 100 }) readonly reactors!: ReactorStatusAnswer[];
  @ListOfNested(() => QueueStatusAnswer, { max: 100 }) readonly jobs!: QueueStatusAnswer[];
  @Nested(() => TimerStatusAnswer, { nullable: true }) readonly timer!: TimerStatusAnswer | null;
}

export class ViewVerification {
  @Flag({ description: 'Whether the live view is what the log alone leads to.' }) readonly equal!: boolean;
  @Text({ max: 64, description: 'SHA-256 over the rows of the live view.' }) readonly live!: string;
  @Text({ max: 64 }) readonly rebuilt!: string;
  @Position({ description: 'Where both were compared.' }) readonly position!: string;
}

export class ViewDigest {
  @Text({ max: 64, description: 'SHA-256 over all versions of the rows as they were then.' }) readonly digest!: string;
  @Position() readonly position!: string;
}

export class ParkedBy {
  @OneOf(['view', 'reactor']) readonly kind!: string;
  @Text({ max: 100 }) readonly name!: string;
}

export class ParkedEventAnswer {
  @Nested(() => ParkedBy) readonly by!: ParkedBy;
  @Text({ max: 200 }) readonly stream!: string;
  @Position() readonly position!: string;
  @Text({ max: 100 }) readonly eventId!: string;
  @Text({ max: 100 }) readonly type!: string;
  @Text({ max: 500 }) readonly error!: string;
}

export class ParkedEventList {
  @ListOfNested(() => ParkedEventAnswer, { max: 10_000 }) readonly items!: ParkedEventAnswer[];
}
