/**
 * The certificate that others put into a folder, as cert-manager's Secrets are mounted: `tls.crt`
 * and `tls.key`, reread by content. What cannot be used is told once, and what is served stays.
 * What API servers trust (`ca.crt`) is then the business of whoever made them.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../runtime/logger.ts';
import { OneAfterAnother } from '../runtime/one-after-another.ts';
import type { KeyPair } from './certificate-authority.ts';
import { type CertificateLife, isPair, lifeOf } from './certificate-plan.ts';
import { FILES_PERIOD_MS } from './limits.ts';

export interface CertificateFilesOptions {
  readonly folder: string;
  readonly logger: Logger;
  readonly onCertificate: (pair: KeyPair) => void;
  readonly periodMs?: number | undefined;
}

export class CertificateFiles {
  readonly #options: CertificateFilesOptions;
  readonly #looks = new OneAfterAnother();
  #pair: KeyPair | undefined;
  #problem: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CertificateFilesOptions) {
    this.#options = options;
  }

  get life(): CertificateLife | undefined {
    return this.#pair && lifeOf(this.#pair.cert);
  }

  /** What is wrong with the files; undefined: they are served. */
  async prepare(): Promise<string | undefined> {
    const read = await this.#read();
    if (typeof read === 'string') return read;
    this.#serve(read);
    return undefined;
  }

  start(): void {
    this.#timer = setInterval(() => void this.round(), this.#options.periodMs ?? FILES_PERIOD_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looks.run(async () => undefined);
  }

  /** One look; never rejects. */
  round(): Promise<void> {
    return this.#looks.run(() => this.#look());
  }

  async #look(): Promise<void> {
    const { logger, folder } = this.#options;
    const read = await this.#read();
    if (typeof read !== 'string') {
      this.#problem = undefined;
      if (read.cert === this.#pair?.cert && read.key === this.#pair.key) return;
      logger.info('certificate reread', { file: join(folder, 'tls.crt') });
      this.#serve(read);
    } else if (read !== this.#problem) {
      this.#problem = read;
      logger.warn('certificate not reread, what is served stays', { error: read });
    }
  }

  #serve(pair: KeyPair): void {
    this.#pair = pair;
    this.#options.onCertificate(pair);
  }

  async #read(): Promise<KeyPair | string> {
    const [certFile, keyFile] = ['tls.crt', 'tls.key'].map((name) => {
      return join(this.#options.folder, name);
    });
    try {
      const cert = await readFile(certFile ?? '', 'utf8');
      const key = await readFile(keyFile ?? '', 'utf8');
      // Of files that are swapped one by one the halves of two pairs are seen for a moment.
      if (isPair({ cert, key })) return { cert, key };
      return `${certFile}, ${keyFile}: no PEM certificate with its key`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
