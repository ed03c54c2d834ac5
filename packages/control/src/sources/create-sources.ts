import { isRefName, parseGitUrl } from "@berth/deploy";
import { PlatformError, SECRET_NAME_PATTERN, invalidParams } from "@berth/protocol";
import type { FieldViolation, IdGenerator, Principal } from "@berth/protocol";
import type { SourceKind, SourceRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import type { Auth } from "../auth/auth.ts";
import { authorize } from "../auth/authorize.ts";
import type { Deploys } from "../deploys/deploys.ts";
import { assertAgentName } from "../registry/agent-name.ts";
import type { SecretSealer } from "../webhooks/seal-secret.ts";
import { SIGNATURE_SCHEMES } from "../webhooks/signature-schemes.ts";
import type { RawDelivery } from "../webhooks/webhooks.ts";
import { assertMayDeploy } from "./assert-may-deploy.ts";
import { readPush, verifyPush } from "./push-event.ts";
import type { DeliveryOutcome, NewSourceConnection, Source, Sources } from "./sources.ts";

export interface SourcesOptions {
  readonly store: Pick<Store, "sources" | "audit">;
  readonly auth: Pick<Auth, "principalOf">;
  readonly deploys: Pick<Deploys, "start">;
  readonly sealer: SecretSealer;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** GitLab takes a signing token in this form, and any text as its secret token: one secret does for both. */
const SCHEME_OF = { github: "github", gitlab: "standard" } as const;

export function createSources(options: SourcesOptions): Sources {
  return new StoreSources(options);
}

class StoreSources implements Sources {
  readonly #options: SourcesOptions;

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  async connect(
    principal: Principal,
    agentName: string,
    connection: NewSourceConnection,
  ): Promise<{ readonly source: Source; readonly secret?: string }> {
    assertMay(principal, agentName);
    authorize(principal, "deployment.create");
    if (principal.kind !== "api_key" && principal.kind !== "user") {
      throw new PlatformError("PERMISSION_DENIED", "A repository deploys on behalf of a person or an API key.");
    }
    const { store, ids, now } = this.#options;
    const checked = toChecked(connection);
    const there = await store.sources.ofAgent(principal.orgId, agentName);
    const at = now().toISOString();
    const stays = there !== undefined && there.kind === checked.kind;
    const sourceId = stays ? there.sourceId : ids("source");
    const secret = stays ? undefined : this.#newSecret(checked.kind);
    const record: SourceRecord = {
      ...checked,
      orgId: principal.orgId,
      sourceId,
      agentName,
      sealedSecret: secret === undefined ? (there?.sealedSecret ?? "") : this.#options.sealer.seal(sourceId, secret),
      principalId: principal.id,
      createdAt: there?.createdAt ?? at,
      updatedAt: at,
    };
    await this.#audited(principal, "source.connect", agentName, async () => await store.sources.save(record));
    return { source: toSource(record), ...(secret === undefined ? {} : { secret }) };
  }

  async get(principal: Principal, agentName: string): Promise<Source> {
    return toSource(await this.#find(principal, agentName));
  }

  async rotate(principal: Principal, agentName: string): Promise<{ readonly source: Source; readonly secret: string }> {
    const found = await this.#find(principal, agentName);
    const { store, sealer, now } = this.#options;
    const secret = this.#newSecret(found.kind);
    const record = { ...found, sealedSecret: sealer.seal(found.sourceId, secret), updatedAt: now().toISOString() };
    await this.#audited(principal, "source.rotate", agentName, async () => await store.sources.save(record));
    return { source: toSource(record), secret };
  }

  async disconnect(principal: Principal, agentName: string): Promise<void> {
    await this.#find(principal, agentName);
    await this.#audited(principal, "source.disconnect", agentName, async () => {
      if (!(await this.#options.store.sources.remove(principal.orgId, agentName))) throw notConnected(agentName);
    });
  }

  async receive(sourceId: string, delivery: RawDelivery): Promise<DeliveryOutcome> {
    const { store, sealer, auth, deploys, now } = this.#options;
    const source = await store.sources.find(sourceId);
    if (source === undefined) throw new PlatformError("WEBHOOK_NOT_FOUND", "There is no source with this id.");
    const signed = verifyPush(source.kind, sealer.open(sourceId, source.sealedSecret), delivery, now());
    const { event, marks, deliveryId } = signed;
    const push = readPush(source.kind, { event, payload: parsePayload(delivery.body) }, source);
    if ("ignored" in push) return push;
    if (!source.autoDeploy) return { ignored: "the source does not deploy by itself" };
    // Without its rights, nothing is taken: it may get them back.
    const principal = await auth.principalOf(source.principalId, source.orgId);
    assertMay(principal, source.agentName);
    if (!(await store.sources.claim(sourceId, marks))) return { ignored: "it was here before" };
    try {
      const { url, path, credential } = source;
      const deployment = await deploys.start(principal, {
        source: {
          kind: "git",
          url,
          ref: push.commit,
          ...(path === undefined ? {} : { path }),
          ...(credential === undefined ? {} : { credential }),
        },
        name: source.agentName,
        trust: false,
        idempotencyKey: `${sourceId}:${deliveryId}`,
      });
      return { deploymentId: deployment.deploymentId, commit: push.commit };
    } catch (error) {
      await store.sources.release(sourceId, marks).catch(() => undefined);
      throw error;
    }
  }

  async #find(principal: Principal, agentName: string): Promise<SourceRecord> {
    assertMay(principal, agentName);
    const found = await this.#options.store.sources.ofAgent(principal.orgId, agentName);
    if (found === undefined) throw notConnected(agentName);
    return found;
  }

  #newSecret(kind: SourceKind): string {
    return SIGNATURE_SCHEMES[SCHEME_OF[kind]].create(this.#options.randomBytes);
  }

  async #audited<T>({ orgId, id }: Principal, action: string, resource: string, act: () => Promise<T>): Promise<T> {
    const { store, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor: id, action, resource, outcome: "ok" } as const;
    return await audited(store.audit, entry, act);
  }
}

function assertMay(principal: Principal, agentName: string): void {
  authorize(principal, "repository.manage");
  assertAgentName(agentName);
  assertMayDeploy(principal, agentName);
}

function toChecked({
  url,
  kind,
  branch = "main",
  path,
  credential,
  autoDeploy = true,
}: NewSourceConnection): Pick<SourceRecord, "url" | "kind" | "branch" | "path" | "credential" | "autoDeploy"> {
  const { text, host } = parseGitUrl(url);
  const violations: FieldViolation[] = [];
  if (!isRefName(branch) || branch.startsWith("refs/")) {
    violations.push({ field: "branch", description: "must be the name of a branch" });
  }
  if (path !== undefined && !/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^/\\\p{C}][^\\\p{C}]{0,500}$/u.test(path)) {
    violations.push({ field: "path", description: "must be a folder in the repository" });
  }
  if (credential !== undefined && !SECRET_NAME_PATTERN.test(credential)) {
    violations.push({ field: "credential", description: "must be the name of a secret, such as FORGE_TOKEN" });
  }
  if (violations.length > 0) throw invalidParams(violations);
  return {
    url: text,
    kind: kind ?? (host.includes("gitlab") ? "gitlab" : "github"),
    branch,
    ...(path === undefined ? {} : { path }),
    ...(credential === undefined ? {} : { credential }),
    autoDeploy,
  };
}

function toSource({ orgId: _org, sealedSecret: _secret, ...source }: SourceRecord): Source {
  return source;
}

/** Whoever wrote it holds the secret. */
function parsePayload(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new PlatformError("PARSE_ERROR", "The delivery is no JSON in UTF-8.", {
      hint: "Choose application/json as the webhook's content type.",
      cause: error,
    });
  }
}

function notConnected(agentName: string): PlatformError {
  return new PlatformError("WEBHOOK_NOT_FOUND", `No repository is connected to ${agentName}.`, {
    hint: `\`a2a source connect ${agentName} URL\` connects one.`,
  });
}
