/** A mail that was sent. */
export interface MailFile {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}
