import type { Type } from '@nestjs/common';
import { AnswerField, Flag, ListOfNested, Position, Text } from '#platform/fields.js';

/** The class of a list's page: `AccountList` of `Account`. */
export const pageOf = (item: Type<object>): Type<object> => {
  class PageAnswer {
    @ListOfNested(() => item, { max: 200 })
    readonly items!: object[];

    @Text({ max: 2000, nullable: true, description: 'Gives the next page; null on the last one.' })
    readonly nextCursor!: string | null;

    @Position({ description: 'The moment that is answered.' })
    readonly position!: string;

    @Text({ max: 40, nullable: true, description: 'What `asOf` named, in full; null for now.' })
    readonly asOf!: string | null;

    @AnswerField(
      { type: 'integer', minimum: 0, maximum: 10_000 },
      { nullable: true, description: 'All items there are, when `count` was asked for.' },
    )
    readonly count!: number | null;

    @Flag({ description: 'There are more than were counted.' })
    readonly countCapped!: boolean;
  }
  Object.defineProperty(PageAnswer, 'name', { value: `${item.name}List` });
  return PageAnswer;
};
