import type { Principal } from "@berth/protocol";
import type { Scrubber, SecretSource } from "@berth/runtime";

/** A secret as anybody may see it: there is no way to read its value. */
export interface SecretInfo {
  readonly name: string;
  /** Absent: of the organization. */
  readonly agentName?: string;
  /** `host`, `host:port`, `*.host`: it is sent to these only. Absent: to every upstream that names it. */
  readonly hosts?: readonly string[];
  readonly version: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export interface ListedSecret extends SecretInfo {
  /** Agents whose live release uses it. */
  readonly usedBy: readonly string[];
}

/** `agentName` absent: of the organization, for all its agents. */
export interface SecretAddress {
  readonly name: string;
  readonly agentName?: string;
}

/**
 * Values that agents use and never see: the egress proxy puts them into the headers of upstreams. An agent's own value
 * goes before its organization's of the same name.
 */
export interface Secrets extends SecretSource {
  /**
   * A new secret, or its next version; holds from the next call to an upstream on. Needs `secret.manage`; credentials that
   * are for certain agents can only set these agents' own.
   * @throws INVALID_PARAMS, QUOTA_EXCEEDED, PERMISSION_DENIED
   */
  put(
    principal: Principal,
    address: SecretAddress,
    content: { readonly value: string; readonly hosts?: readonly string[] },
  ): Promise<SecretInfo>;
  /** Needs `secret.read`. */
  list(principal: Principal): Promise<readonly ListedSecret[]>;
  /** Needs `secret.manage`. @throws SECRET_NOT_FOUND */
  remove(principal: Principal, address: SecretAddress): Promise<void>;
  /** Knows every value of the organization and its agents that can be opened. */
  scrubberOf(orgId: string): Promise<Scrubber>;
  /** Puts what is under earlier master keys under the one of now. Answers how many; those whose key is gone stay. */
  rewrap(): Promise<number>;
}
