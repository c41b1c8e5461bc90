import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from './tools.ts';

const binary = findTool('openssl');

/** For `describe.skipIf`: the global set-up prints how to install openssl. */
export const noCertificates = binary === undefined;

/** The paths of a certificate and of its key. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  remove(): void;
}

/** Makes a self-signed certificate for 127.0.0.1; clients get it as their authority. `remove` it when done. */
export function makeCertificate(): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-certificate-'));
  const [certificate, key] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
  const subject = ['-subj', '/CN=catalog-gateway-test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const keyPair = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync(
    binary ?? '',
    ['req', '-x509', ...keyPair, ...subject, '-days', '2', '-keyout', key, '-out', certificate],
    // openssl prints its progress.
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return { certificate, key, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
