/** An e-mail as it is claimed and compared: trimmed, NFKC, lower case. */
export const normaliseEmail = (email: string): string => email.normalize('NFKC').trim().toLowerCase();
