import { Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { formatPosition } from '#eventing/position.js';
import { refuse } from '#eventing/refusal.js';
import { ViewReader } from '#eventing/view-reader.js';
import { MomentParameter } from '#platform/query-fields.js';
import { requirePlatformPermission } from '../../permission.js';
import type { QueryContext } from '../../queries/query.js';
import { Asking } from '../queries/query-route.js';
import { QuestionRoute } from '../queries/question-route.js';
import {
  OperationsStatus,
  ParkedEventList,
  ViewDigest,
  ViewRebuild,
  ViewStatusList,
  ViewVerification,
} from './answers.js';
import { OPERATIONS, type Operations } from './operations.js';
import { type RebuildProgress, Rebuilds } from './rebuilds.js';
import {
  parkedAnswers,
  type ParkedAnswer,
  statusAnswer,
  type StatusAnswer,
  type ViewAnswer,
  viewAnswers,
} from './status.js';

const needs = 'platform:operate';

export class DigestQuery {
  @MomentParameter({ description: 'As the rows were then: a position, or a time.' }) readonly asOf?: string;
}

/** What operators do to a running server, by the console or the command line. */
@Controller('v1/operations')
export class OperationRoutes {
  readonly #rebuilds: Rebuilds;
  readonly #reader: ViewReader;

  constructor(@Inject(OPERATIONS) private readonly operations: Operations) {
    this.#rebuilds = new Rebuilds(operations.views);
    this.#reader = new ViewReader(operations.views);
  }

  @Get('status')
  @QuestionRoute('getOperationsStatus', { summary: 'How the server is.', needs, answer: OperationsStatus })
  async getOperationsStatus(@Asking() { caller }: QueryContext): Promise<StatusAnswer> {
    requirePlatformPermission(caller, needs);
    return statusAnswer(this.operations, this.#rebuilds);
  }

  @Get('views')
  @QuestionRoute('listViews', { summary: 'How far each view is.', needs, answer: ViewStatusList })
  async listViews(@Asking() { caller }: QueryContext): Promise<{ items: readonly ViewAnswer[] }> {
    requirePlatformPermission(caller, needs);
    return { items: await viewAnswers(this.operations, this.#rebuilds) };
  }

  @Get('parked')
  @QuestionRoute('listParkedEvents', {
    summary: 'Events that a view or a reactor could not take in.',
    needs,
    answer: ParkedEventList,
  })
  async listParkedEvents(@Asking() { caller }: QueryContext): Promise<{ items: readonly ParkedAnswer[] }> {
    requirePlatformPermission(caller, needs);
    return { items: await parkedAnswers(this.operations) };
  }

  @Post('views/:name/rebuild')
  @QuestionRoute('rebuildView', {
    summary: 'Builds a view beside the live one and switches to it; answers at once.',
    needs,
    answer: ViewRebuild,
    codes: ['view-not-found', 'rebuild-running'],
  })
  async rebuildView(@Param('name') name: string, @Asking() { caller }: QueryContext): Promise<RebuildProgress> {
    requirePlatformPermission(caller, needs);
    return this.#rebuilds.start(this.#view(name));
  }

  @Post('views/:name/verify')
  @QuestionRoute('verifyView', {
    summary: 'Builds a view from the log alone and compares it with the live one.',
    needs,
    answer: ViewVerification,
    codes: ['view-not-found', 'rebuild-running'],
  })
  async verifyView(@Param('name') name: string, @Asking() { caller }: QueryContext): Promise<object> {
    requirePlatformPermission(caller, needs);
    const { position, ...verified } = await this.operations.views.verify(this.#view(name));
    return { ...verified, position: formatPosition(position) };
  }

  @Get('views/:name/digest')
  @QuestionRoute('getViewDigest', {
    summary: 'A digest of all versions of the rows of a view.',
    needs,
    answer: ViewDigest,
    codes: ['view-not-found', 'as-of-in-the-future'],
  })
  async getViewDigest(
    @Param('name') name: string,
    @Query() { asOf }: DigestQuery,
    @Asking() { caller, now }: QueryContext,
  ): Promise<object> {
    requirePlatformPermission(caller, needs);
    const { position } = await this.#reader.moment([this.#view(name)], { asOf, now: new Date(now) });
    return { digest: await this.operations.views.digest(name, position), position: formatPosition(position) };
  }

  #view(name: string): string {
    const known = this.operations.views.status().some(({ view }) => view === name);
    return known ? name : refuse('view-not-found');
  }
}
