import { Inject, type Type } from '@nestjs/common';
import { type IQuery, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { type AnyAnswering, type Answering, type QueryContext, READING, type Reading } from './queries/query.js';

/** The handler by which Nest's query bus has a question answered. */
export const queryHandlerOf = (answering: AnyAnswering): Type<IQueryHandler> => {
  const { query, answer } = answering as unknown as Answering;

  @QueryHandler(query)
  class Handler {
    constructor(@Inject(READING) private readonly reading: Reading) {}

    async execute(asked: IQuery): Promise<unknown> {
      return answer(asked as QueryContext, this.reading);
    }
  }
  Object.defineProperty(Handler, 'name', { value: `${query.name}Handler` });
  return Handler;
};
