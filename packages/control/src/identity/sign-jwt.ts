/** A private key and what its verifiers must know. */
export interface JwtSigner {
  readonly kid: string;
  readonly alg: "EdDSA" | "ES256";
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A JWT in its compact form (RFC 7519). `typ` says which kind, so that none passes for another (RFC 8725 §3.11). */
export async function signJwt(signer: JwtSigner, typ: string, claims: object): Promise<string> {
  const { alg, kid } = signer;
  const input = `${encoded({ alg, typ, kid })}.${encoded(claims)}`;
  const signature = await signer.sign(new TextEncoder().encode(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
