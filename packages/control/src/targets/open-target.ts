import { parseKubeconfig } from "@berth/deploy/targets";
import type { ClusterAccess, TargetContext } from "@berth/deploy/targets";
import { PlatformError } from "@berth/protocol";
import type { OutboundHttp } from "@berth/runtime";
import type { TargetRecord } from "@berth/store";
import type { SecretSealer } from "../webhooks/seal-secret.ts";
import type { GoogleTokens } from "./google-tokens.ts";
import { createTargetHttp } from "./target-http.ts";
import { bindTarget } from "./target-kinds.ts";
import type { BoundTarget } from "./target-kinds.ts";

export interface OpenTargetOptions {
  readonly outbound: Pick<OutboundHttp, "exchange" | "secured">;
  readonly sealer: SecretSealer;
  readonly google: GoogleTokens;
  /** Instead of Google's own hosts: a private endpoint of theirs. */
  readonly googleEndpoint?: string;
  /** How pods of this very cluster reach its API server; for targets without a credential. */
  readonly cluster?: () => Promise<ClusterAccess>;
  readonly now: () => Date;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A target with the connections to it. Whoever opens it closes it. */
export interface OpenTarget extends AsyncDisposable {
  readonly record: TargetRecord;
  readonly target: BoundTarget;
  context(log: (line: string) => void, signal: AbortSignal): TargetContext;
}

const MAX_CREDENTIAL = 256 * 1024;
const GOOGLE = ".googleapis.com";

/** @throws CONFIG_INVALID when it has no credential that can be used */
export async function openTarget(options: OpenTargetOptions, record: TargetRecord): Promise<OpenTarget> {
  const { outbound, google, googleEndpoint, now, sleep } = options;
  const target = bindTarget(record.kind, record.settings);
  const opened = (http: TargetContext["http"], close: () => Promise<void>): OpenTarget => ({
    record,
    target,
    context: (log, signal) => ({
      http,
      log,
      signal,
      now: () => now().getTime(),
      sleep: async (ms) => await sleep(ms, signal),
    }),
    [Symbol.asyncDispose]: close,
  });
  if (record.kind === "kubernetes") {
    const { server, token, ...tls } = await accessTo(options, record);
    const secured = outbound.secured(tls);
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const http = createTargetHttp({ endpoint: server, outbound: secured, headers: async () => headers });
    return opened(http, async () => await secured.close());
  }
  const http = createTargetHttp({
    endpoint: googleEndpoint ?? `https://www${GOOGLE}`,
    trusts: (host) => host.endsWith(GOOGLE),
    headers: async (signal) => ({ authorization: `Bearer ${await google.accessToken(signal)}` }),
    outbound,
    ...(googleEndpoint === undefined ? {} : { insteadOf: GOOGLE }),
  });
  return opened(http, async () => {});
}

async function accessTo(
  { sealer, cluster }: OpenTargetOptions,
  { orgId, name, sealedCredential }: TargetRecord,
): Promise<ClusterAccess> {
  if (sealedCredential !== undefined) return parseKubeconfig(sealer.open(sealId(orgId, name), sealedCredential));
  if (cluster !== undefined) return await cluster();
  throw new PlatformError("CONFIG_INVALID", `"${name}" has no credential, and this platform runs in no cluster.`, {
    hint: `\`kubectl config view --minify --flatten | a2a targets set ${name} --credential -\` gives it one.`,
  });
}

/** @throws CONFIG_INVALID */
export function assertCredential(kind: string, credential: string): void {
  if (credential.length > MAX_CREDENTIAL) {
    throw new PlatformError("CONFIG_INVALID", "The credential is larger than 256 KiB.");
  }
  if (kind === "kubernetes") {
    parseKubeconfig(credential);
    return;
  }
  throw new PlatformError(
    "CONFIG_INVALID",
    "Google's targets take no credential: they use the platform's own identity.",
    {
      hint: "Run it on Google Cloud, or set GOOGLE_APPLICATION_CREDENTIALS where the platform runs.",
    },
  );
}

/** A row that somebody moved to another name or organization does not open. */
export function sealId(orgId: string, name: string): string {
  return `target ${orgId} ${name}`;
}
