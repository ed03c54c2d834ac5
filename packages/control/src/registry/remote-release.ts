import { DEFAULT_AGENT_CONFIG, PlatformError } from "@berth/protocol";
import type { AgentConfig } from "@berth/protocol";
import { OutboundError, selectInterface } from "@berth/runtime";
import type { OutboundHttp, RemoteCard, RemoteTarget } from "@berth/runtime";
import type { ReleaseRecord, RemoteRelease } from "@berth/store";
import { digestOf } from "../receipts/node-sha256.ts";
import type { SecretSealer } from "../webhooks/seal-secret.ts";
import type { CredentialHeader } from "./credential-header.ts";
import { skillSchemasOf } from "./skill-schemas.ts";

export interface RemoteReleaseFields {
  readonly orgId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly found: RemoteCard;
  readonly visibility: AgentConfig["visibility"];
  readonly credential: CredentialHeader | undefined;
  readonly createdAt: string;
}

/** @throws CARD_INVALID when the card leads to no interface that may be called and can be spoken. */
export async function toRemoteRelease(
  { found, visibility, credential, ...ids }: RemoteReleaseFields,
  { outbound, sealer }: { readonly outbound: Pick<OutboundHttp, "assertUrl">; readonly sealer: SecretSealer },
): Promise<ReleaseRecord & { readonly remote: RemoteRelease }> {
  const { url, protocolBinding, protocolVersion, tenant } = selectInterface(found.card);
  await assertCallable(outbound, url);
  return {
    ...ids,
    digest: digestOf(found.text),
    config: { ...DEFAULT_AGENT_CONFIG, visibility },
    card: found.card,
    upstreamCard: found.text,
    skillSchemas: skillSchemasOf(found.card),
    entry: "",
    trusted: false,
    remote: {
      cardUrl: found.url,
      url,
      protocolBinding,
      protocolVersion,
      ...(tenant === undefined ? {} : { tenant }),
      ...(credential === undefined
        ? {}
        : {
            credential: {
              header: credential.header,
              sealed: sealer.seal(sealId(ids.releaseId, url), credential.value),
            },
          }),
    },
  };
}

/** How the runtime calls the agent of this release; undefined when it runs here. */
export function toRemoteTarget(
  { releaseId, remote, card }: ReleaseRecord,
  { sealer, log }: { readonly sealer: SecretSealer; readonly log?: ((line: string) => void) | undefined },
): RemoteTarget | undefined {
  if (remote === undefined) return undefined;
  const { credential, ...reach } = remote;
  const headers: Record<string, string> = {};
  try {
    if (credential !== undefined)
      headers[credential.header] = openCredential({ releaseId, remote, credential }, sealer);
  } catch (error) {
    // The call goes on without it: the agent's own refusal is what its caller must see.
    log?.(`release ${releaseId}: ${String(error)}`);
  }
  return { ...reach, streaming: card.capabilities.streaming === true, headers };
}

/** @throws CONFIG_INVALID when this platform's key does not open it. */
export function openCredential(
  {
    releaseId,
    remote,
    credential,
  }: {
    readonly releaseId: string;
    readonly remote: Pick<RemoteRelease, "url">;
    readonly credential: NonNullable<RemoteRelease["credential"]>;
  },
  sealer: SecretSealer,
): string {
  try {
    return sealer.open(sealId(releaseId, remote.url), credential.sealed);
  } catch (error) {
    throw new PlatformError("CONFIG_INVALID", "The agent's credential was sealed by another platform's key.", {
      cause: error,
      hint: "Import the agent again, with its credential.",
    });
  }
}

/** Bound to where it may be sent: a row that somebody rewrote does not carry the secret elsewhere. */
function sealId(releaseId: string, url: string): string {
  return `remote ${releaseId} ${new URL(url).origin}`;
}

async function assertCallable(outbound: Pick<OutboundHttp, "assertUrl">, url: string): Promise<void> {
  try {
    await outbound.assertUrl(url);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    const description = `its interface ${url.slice(0, 200)} ${error.message}`;
    throw new PlatformError("CARD_INVALID", `The agent's card cannot be used: ${description}.`, {
      cause: error,
      violations: [{ field: "supportedInterfaces", description }],
      hint: "Hosts with private addresses can be allowed by whoever runs the platform: BERTH_OUTBOUND_ALLOW=host:port.",
    });
  }
}
