import type { Principal } from "@berth/protocol";
import type { SourceKind, SourceRecord } from "@berth/store";
import type { RawDelivery } from "../webhooks/webhooks.ts";

export { SOURCE_KINDS } from "@berth/store";

/** The repository of an agent, as anybody who may deploy it sees it. */
export type Source = Omit<SourceRecord, "orgId" | "sealedSecret">;

export interface NewSourceConnection {
  readonly url: string;
  /** Default: by the host, else github. */
  readonly kind?: SourceKind;
  /** Default: main. */
  readonly branch?: string;
  readonly path?: string;
  /** Name of an organization's secret. */
  readonly credential?: string;
  /** Default: true. */
  readonly autoDeploy?: boolean;
}

/** What became of a delivery. */
export type DeliveryOutcome =
  | { readonly deploymentId: string; readonly commit: string }
  /** Nothing to do, and why. */
  | { readonly ignored: string };

/**
 * Agents' connections to repositories elsewhere: a signed delivery of GitHub's or GitLab's deploys the commit that was
 * pushed, with the rights that whoever connected it has at that moment. All but `receive` need `repository.manage`;
 * credentials that are for certain agents get at these only.
 */
export interface Sources {
  /**
   * Connects, or connects anew; the address for the forge stays, the secret too.
   * @returns the secret when it is a new one: it is shown this once. @throws INVALID_PARAMS, CONFIG_INVALID, PERMISSION_DENIED
   */
  connect(
    principal: Principal,
    agentName: string,
    connection: NewSourceConnection,
  ): Promise<{ readonly source: Source; readonly secret?: string }>;
  /** @throws SOURCE_NOT_FOUND */
  get(principal: Principal, agentName: string): Promise<Source>;
  /** A new secret; the old one no longer counts. @throws SOURCE_NOT_FOUND */
  rotate(principal: Principal, agentName: string): Promise<{ readonly source: Source; readonly secret: string }>;
  /** @throws SOURCE_NOT_FOUND */
  disconnect(principal: Principal, agentName: string): Promise<void>;
  /** @throws WEBHOOK_NOT_FOUND, UNAUTHENTICATED, PARSE_ERROR, and what starting a deployment throws: then it may be sent again */
  receive(sourceId: string, delivery: RawDelivery): Promise<DeliveryOutcome>;
}
