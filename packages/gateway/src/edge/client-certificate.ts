import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { ClientCertificate } from "@berth/control";

const known = new WeakMap<Socket, ClientCertificate>();

/**
 * What the other end of this very connection has shown and proven in its TLS handshake. No header says so: a
 * certificate that somebody forwards, as `X-Forwarded-Client-Cert`, is only text.
 */
export function clientCertificateOf(socket: Socket): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const found = known.get(socket);
  if (found !== undefined) return found;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const read = toClientCertificate(certificate, socket.authorized);
  known.set(socket, read);
  return read;
}

function toClientCertificate(certificate: X509Certificate, trusted: boolean): ClientCertificate {
  const digest = Buffer.from(certificate.fingerprint256.replaceAll(":", ""), "hex");
  return {
    thumbprint: digest.toString("base64url"),
    trusted,
    names: [
      ...alternativeNames(certificate.subjectAltName ?? ""),
      ...commonName(certificate.subject),
      `sha256:${digest.toString("hex")}`,
    ],
  };
}

const ORDER = ["URI", "DNS", "email"] as const;

/**
 * Attacker-controlled, within what the certificate authority signs. Node quotes a name that could pass for several
 * (CVE-2021-44532); nobody needs such names, so a list with one counts for nothing.
 */
function alternativeNames(list: string): readonly string[] {
  if (list === "" || list.includes('"')) return [];
  const names = list.split(", ");
  return ORDER.flatMap((kind) => names.filter((name) => name.startsWith(`${kind}:`)));
}

/** One CN or none: of two, who knows which is meant. */
function commonName(subject: string): readonly string[] {
  const names = subject.split("\n").filter((line) => line.startsWith("CN="));
  return names.length === 1 ? names : [];
}
