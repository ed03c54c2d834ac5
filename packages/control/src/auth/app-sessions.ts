import type { Principal } from "@berth/protocol";

/** An agent's own origin, or that of one of its releases. */
export interface AppPlace {
  readonly agent: string;
  /** The label of a release at its own address. */
  readonly release?: string | undefined;
}

export interface AppCodeRequest extends AppPlace {
  /** SHA-256, base64url, of what the browser holds at the agent's origin: the code is good for this browser only. */
  readonly challenge: string;
  /** Path below the agent's origin, such as `/app/reports?month=3`. */
  readonly to: string;
}

export interface OpenedApp {
  /** For the cookie, and nowhere else. */
  readonly session: string;
  readonly expiresAt: string;
  readonly to: string;
}

/**
 * Sessions at the origins of agents, which come from one at the console and end with it, whatever ends that one. Such a
 * session can call its one agent as the same person, and nothing else.
 *
 * 1. `createCode` where the console's cookie is; 2. `redeem` at the agent's origin, once, within a minute; 3. `authenticate`.
 */
export interface AppSessions {
  /** `session`: the console's. @throws UNAUTHENTICATED, AGENT_NOT_FOUND, RELEASE_NOT_FOUND, INVALID_PARAMS */
  createCode(
    session: string,
    request: AppCodeRequest,
    context: { readonly remoteAddress?: string | undefined },
  ): Promise<string>;
  /** `verifier`: what the challenge is of. @throws UNAUTHENTICATED, the same for used, old, forged, another browser's and another place's */
  redeem(
    code: string,
    proof: AppPlace & { readonly verifier: string },
    context: { readonly remoteAddress?: string | undefined; readonly userAgent?: string | undefined },
  ): Promise<OpenedApp>;
  /** @throws UNAUTHENTICATED, also for what is a session elsewhere */
  authenticate(
    session: string,
    place: AppPlace,
    context: { readonly remoteAddress?: string | undefined },
  ): Promise<Principal>;
  /** When it ends at the latest; undefined when it has. */
  expiresAt(session: string, place: AppPlace): Promise<string | undefined>;
  end(session: string, place: AppPlace): Promise<void>;
}

/** Whether a browser may be sent there after signing in: below /app of the same origin, and nothing that could be read as elsewhere. */
export function isAppPath(path: string): boolean {
  return path.length <= 2_000 && /^\/app(?:[/?][\x21-\x5b\x5d-\x7e]*)?$/.test(path);
}
