import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { TlsFiles } from "./config.ts";

export interface Tls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
}

/** The files' contents, looked at before anything listens. @throws CONFIG_INVALID for what TLS could not work with. */
export async function readTls(files: TlsFiles): Promise<Tls> {
  const cert = await readPem("BERTH_TLS_CERT", files.cert);
  const key = await readPem("BERTH_TLS_KEY", files.key);
  const certificate = parsed("BERTH_TLS_CERT", files.cert, () => new X509Certificate(cert));
  const privateKey = parsed("BERTH_TLS_KEY", files.key, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid(`BERTH_TLS_KEY: ${files.key} is not the key of the certificate in ${files.cert}`);
  }
  if (files.clientCa === undefined) return { cert, key };
  const clientCa = await readPem("BERTH_TLS_CLIENT_CA", files.clientCa);
  parsed("BERTH_TLS_CLIENT_CA", files.clientCa, () => new X509Certificate(clientCa));
  return { cert, key, clientCa };
}

async function readPem(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw invalid(`${field}: ${path} cannot be read`, cause);
  }
}

function parsed<T>(field: string, path: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw invalid(`${field}: ${path} is not what it should be, in PEM form`, cause);
  }
}

function invalid(message: string, cause?: unknown): PlatformError {
  return new PlatformError("CONFIG_INVALID", message, { cause });
}
