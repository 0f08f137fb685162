import { test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** `test` where a certificate can be made. */
export const testWithCertificate = spawnSync('openssl', ['version']).error === undefined ? test : test.skip;

/** Makes a self-signed certificate of localhost in a folder, good for a day. Throws when openssl is not installed. */
export const selfSignedCertificate = (folder: string): Certificate => {
  const paths = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ...['-keyout', paths.key, '-out', paths.certificate],
  ]);
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.error?.message ?? String(made.stderr)}`);
  return paths;
};
