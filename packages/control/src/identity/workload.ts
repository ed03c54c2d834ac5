import { invalidParams } from "@berth/protocol";
import { agentSpiffeId } from "./spiffe-id.ts";
import type { AgentIdentity } from "./spiffe-id.ts";
import { signJwt } from "./sign-jwt.ts";
import type { WorkloadKey } from "./workload-key.ts";

const LIFETIME_SECONDS = 15 * 60;
const MAX_AUDIENCE = 512;

/** Who an agent is to the world outside: a token it asks for, and what others need to verify it. */
export interface Workload {
  /**
   * A JWT for the agent that holds this socket, good for 15 minutes at `audience` and nowhere else.
   * @throws INVALID_PARAMS for an audience that is none
   */
  identityToken(peer: AgentIdentity, audience: string): Promise<string>;
  /** OpenID Connect Discovery 1.0 §3. */
  discovery(): object;
  readonly jwks: { readonly keys: readonly object[] };
}

export interface WorkloadOptions {
  readonly key: WorkloadKey;
  readonly domain: string;
  /** Where the platform is reached, without a trailing slash. */
  readonly publicUrl: () => string;
  readonly now: () => Date;
  readonly randomId: () => string;
}

export function createWorkload({ key, domain, publicUrl, now, randomId }: WorkloadOptions): Workload {
  const issuer = (): string => `${publicUrl()}/workload`;
  return {
    jwks: { keys: [key.jwk] },
    discovery: () => ({
      issuer: issuer(),
      jwks_uri: `${issuer()}/jwks.json`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [key.alg],
      claims_supported: ["iss", "sub", "aud", "iat", "nbf", "exp", "jti", "org", "agent"],
    }),
    async identityToken(peer, audience) {
      assertAudience(audience);
      const iat = Math.floor(now().getTime() / 1_000);
      return await signJwt(key, "JWT", {
        iss: issuer(),
        sub: agentSpiffeId(domain, peer),
        aud: audience,
        iat,
        nbf: iat,
        exp: iat + LIFETIME_SECONDS,
        jti: randomId(),
        org: peer.orgId,
        agent: peer.agentName,
      });
    },
  };
}

/** Attacker-controlled: the agent chooses it. */
function assertAudience(audience: string): void {
  if (audience.length <= MAX_AUDIENCE && /^[\x21-\x7e]+$/.test(audience)) return;
  const description = `must be 1 to ${MAX_AUDIENCE} printable characters without spaces`;
  throw invalidParams([{ field: "audience", description }]);
}
