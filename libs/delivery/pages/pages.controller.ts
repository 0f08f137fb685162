import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { refuse } from '#eventing/refusal.js';
import { Answers, Public } from '#platform/routes.js';
import type { KeptMail } from '../mail/folder-mailer.js';
import { type ListedMail, listMails, readMail } from '../mail/mailbox.js';
import { invitationPage } from './invitation-page.js';
import { isLoopbackHost } from './loopback-host.js';
import { mailboxPage, mailPage } from './mailbox-pages.js';
import type { Page } from './page.js';

/** Where mails are kept when there is no mail server. */
export interface Mailbox {
  /** The folder that `folderMailer` writes. */
  readonly folder: string;
}
/** Provide a {@link Mailbox}, or null where the mailbox must not be shown: with a mail server, or reachable from elsewhere. */
export const MAILBOX = Symbol('Mailbox');

const htmlType = 'text/html; charset=utf-8';

/** Without its parameter, as an `Accept` header names it. */
const html = 'text/html';

const answerPage = (reply: FastifyReply, { html: content, contentSecurityPolicy }: Page): string => {
  void reply.type(htmlType).headers({
    'Content-Security-Policy': contentSecurityPolicy,
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  });
  return content;
};

@ApiExcludeController()
@Controller()
export class PagesController {
  readonly #mailbox: Mailbox | null;

  constructor(@Inject(MAILBOX) mailbox: Mailbox | null) {
    this.#mailbox = mailbox;
  }

  @Get('invitation')
  @Public()
  @Answers(html)
  invitation(@Res({ passthrough: true }) reply: FastifyReply): string {
    return answerPage(reply, invitationPage());
  }

  @Get('mailbox')
  @Public()
  @Answers(html)
  async mails(@Headers('host') host: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    return answerPage(reply, mailboxPage(await listMails(this.#folderFor(host))));
  }

  @Get('mailbox.json')
  @Public()
  async mailsWithText(
    @Headers('host') host: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ mails: readonly (ListedMail & KeptMail)[] }> {
    const folder = this.#folderFor(host);
    void reply.header('Cross-Origin-Resource-Policy', 'same-origin');
    const mails = await Promise.all(
      (await listMails(folder)).map(async (listed) => {
        const mail = await readMail(folder, listed.name);
        return mail === undefined ? [] : [{ ...listed, text: mail.text }];
      }),
    );
    return { mails: mails.flat() };
  }

  @Get('mailbox/:name')
  @Public()
  @Answers(html)
  async mail(
    @Headers('host') host: string,
    @Param('name') name: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const mail = await readMail(this.#folderFor(host), name);
    return answerPage(reply, mailPage(mail ?? refuse('not-found')));
  }

  /** @throws Refusal `not-found` where there is no mailbox, and for who asks under a name that is not this machine's */
  #folderFor(host: string): string {
    return this.#mailbox !== null && isLoopbackHost(host) ? this.#mailbox.folder : refuse('not-found');
  }
}
