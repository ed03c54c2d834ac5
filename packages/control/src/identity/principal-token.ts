import type { Principal } from "@berth/protocol";
import { agentSpiffeId, platformSpiffeId } from "./spiffe-id.ts";
import type { AgentIdentity } from "./spiffe-id.ts";
import { signJwt } from "./sign-jwt.ts";
import type { JwtSigner } from "./sign-jwt.ts";

const LIFETIME_SECONDS = 60;

/** The header by which an agent gets it. Its syntax still moves in the draft: a change gets another name here. */
export const PRINCIPAL_TOKEN_HEADER = "Txn-Token";
const TYP = "txntoken+jwt";

export interface PrincipalTokenRequest {
  readonly principal: Principal;
  /** Who gets it. */
  readonly agent: AgentIdentity;
  readonly taskId: string;
  /** Where the caller's request came from. */
  readonly ip?: string;
}

/** Tells one agent, for a minute, who calls it and through whom. */
export type MintPrincipalToken = (request: PrincipalTokenRequest) => Promise<string>;

export interface PrincipalTokenOptions {
  readonly signer: JwtSigner;
  readonly domain: string;
  readonly publicUrl: () => string;
  readonly now: () => Date;
  readonly transactionId: () => string;
}

/** As draft-ietf-oauth-transaction-tokens-10 has it, with the actors of draft-oauth-transaction-tokens-for-agents-06. */
export function createPrincipalTokens(options: PrincipalTokenOptions): MintPrincipalToken {
  const { signer, domain, publicUrl, now, transactionId } = options;
  return async ({ principal, agent, taskId, ip }) => {
    const iat = Math.floor(now().getTime() / 1_000);
    const { issuer, clientId } = principal.authn ?? {};
    const act = actorClaim(principal.actors ?? []);
    return await signJwt(signer, TYP, {
      iss: publicUrl(),
      aud: agentSpiffeId(domain, agent),
      sub: principal.id,
      txn: transactionId(),
      iat,
      exp: iat + LIFETIME_SECONDS,
      scope: principal.scopes.join(" "),
      req_wl: platformSpiffeId(domain),
      tctx: {
        org: principal.orgId,
        task: taskId,
        kind: principal.kind,
        authn: {
          scheme: principal.authn?.scheme ?? "none",
          ...(issuer === undefined ? {} : { iss: issuer }),
          ...(clientId === undefined ? {} : { client_id: clientId }),
        },
      },
      ...(ip === undefined ? {} : { rctx: { ip } }),
      ...(act === undefined ? {} : { act }),
    });
  };
}

interface ActorClaim {
  readonly sub: string;
  readonly act?: ActorClaim;
}

/** RFC 8693 §4.1: the nearest outside, the first of all innermost. */
function actorClaim(actors: readonly string[]): ActorClaim | undefined {
  return actors.reduceRight<ActorClaim | undefined>(
    (act, sub) => ({ sub, ...(act === undefined ? {} : { act }) }),
    undefined,
  );
}
