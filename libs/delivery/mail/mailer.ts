/** A mail to one person. */
export interface Mail {
  /** One e-mail address, without a name. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** The same for every attempt at the same mail, so that receivers can tell a repetition. */
  readonly messageId: string;
}

/** Sends mails. */
export interface Mailer {
  /**
   * Resolves when the next server has taken the mail.
   * @throws MailNotSent
   */
  send(mail: Mail): Promise<void>;
}

/** A mail could not be handed over. The message holds nothing personal: it is kept with the job. */
export class MailNotSent extends Error {
  override readonly name = 'MailNotSent';
}
