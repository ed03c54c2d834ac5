import type { JsonObject } from "@berth/protocol";
import { PlatformError } from "@berth/protocol";
import type { AgentClient } from "./agent-client.ts";
import { createAgentClient } from "./agent-client.ts";
import { createApprovalsClient } from "./approvals-client.ts";
import type { ApprovalsClient } from "./approvals-client.ts";
import type { AuditPage, AuditQuery } from "./audit-types.ts";
import type { CallOptions, ClientOptions } from "./call-options.ts";
import { createDeploymentsClient } from "./deployments-client.ts";
import type { DeploymentsClient } from "./deployments-client.ts";
import { followLogs } from "./follow.ts";
import type { HttpRequest } from "./http.ts";
import { createClientsClient } from "./clients-client.ts";
import type { ClientsClient } from "./clients-client.ts";
import { createIssuersClient } from "./issuers-client.ts";
import type { IssuersClient } from "./issuers-client.ts";
import { createReceiptsClient } from "./receipts-client.ts";
import type { ReceiptsClient } from "./receipts-client.ts";
import { createModelsClient } from "./models-client.ts";
import type { ModelsClient } from "./models-client.ts";
import { createFilesClient } from "./files-client.ts";
import type { FilesClient } from "./files-client.ts";
import { createTelemetryClient } from "./telemetry-client.ts";
import type { TelemetryClient } from "./telemetry-client.ts";
import { createDistributionClient } from "./distribution-client.ts";
import type { DistributionClient } from "./distribution-client.ts";
import { createImagesClient } from "./images-client.ts";
import type { ImagesClient } from "./images-client.ts";
import { createTargetsClient } from "./targets-client.ts";
import type { TargetsClient } from "./targets-client.ts";
import { createSecretsClient } from "./secrets-client.ts";
import type { SecretsClient } from "./secrets-client.ts";
import { createBillingClient } from "./billing-client.ts";
import type { BillingClient } from "./billing-client.ts";
import { createMemoryClient } from "./memory-client.ts";
import type { MemoryClient } from "./memory-client.ts";
import { createEvalsClient } from "./evals-client.ts";
import type { EvalsClient } from "./evals-client.ts";
import { createLedgerClient } from "./ledger-client.ts";
import type { LedgerClient } from "./ledger-client.ts";
import type { WakeInfo } from "./health-types.ts";
import { createTrafficClient } from "./releases-client.ts";
import type { ReleaseInfo, TrafficClient } from "./releases-client.ts";
import { createLimitsClient } from "./limits-client.ts";
import type { LimitsClient } from "./limits-client.ts";
import { createOrganizationsClient, createUsersClient } from "./users-client.ts";
import type { OrganizationsClient, UsersClient } from "./users-client.ts";
import { createHttp } from "./http.ts";
import type {
  AgentFilter,
  AgentInfo,
  CardKeyInfo,
  ConnectInfo,
  CreatedKey,
  ConnectedSource,
  CreatedWebhook,
  DoctorReport,
  GrantFilter,
  GrantInfo,
  ImportAgentRequest,
  KeyInfo,
  LogLine,
  NewKey,
  NewSource,
  NewWebhook,
  TaskEventPage,
  TaskFilter,
  TaskInfo,
  VersionInfo,
  SourceInfo,
  WebhookInfo,
  Whoami,
} from "./platform-types.ts";

/**
 * The platform over HTTP. Every call ends by its timeout or its `signal`; what the server refuses is thrown as the
 * PlatformError it named, what never reached the server as ConnectionError.
 *
 * @example
 * const platform = createPlatformClient({ url: "http://127.0.0.1:4100", token: key });
 * for await (const frame of platform.agent("echo").stream({ message })) console.log(frame);
 */
export interface PlatformClient {
  readonly url: string;
  /** True when the platform takes requests; false while it starts or drains. */
  ready(options?: CallOptions): Promise<boolean>;
  version(options?: CallOptions): Promise<VersionInfo>;
  whoami(options?: CallOptions): Promise<Whoami>;
  doctor(options?: CallOptions): Promise<DoctorReport>;
  /** A2A calls to one agent, through the platform. */
  agent(name: string): AgentClient;
  readonly agents: {
    list(
      filter?: AgentFilter,
      options?: CallOptions,
    ): Promise<{ readonly agents: readonly AgentInfo[]; readonly nextPageToken?: string }>;
    get(name: string, options?: CallOptions): Promise<AgentInfo>;
    /** `abandon`: what runs on a target is left there. */
    remove(name: string, options?: CallOptions & { readonly abandon?: boolean }): Promise<void>;
    /** Imports an A2A agent that runs elsewhere. */
    import(request: ImportAgentRequest, options?: CallOptions): Promise<AgentInfo>;
    /** Looks at a remote agent's card now. */
    refresh(name: string, options?: CallOptions): Promise<AgentInfo>;
    /** Adopts a remote agent's changed card: the one of `digest`, or else the one that was last shown. */
    acceptCard(name: string, change?: { readonly digest?: string }, options?: CallOptions): Promise<AgentInfo>;
    /** How other programs take the agent up in one step. */
    connect(name: string, options?: CallOptions): Promise<ConnectInfo>;
    /** Its last starts, newest first. */
    wakes(name: string, options?: CallOptions & { readonly limit?: number }): Promise<readonly WakeInfo[]>;
    releases(name: string, options?: CallOptions): Promise<readonly ReleaseInfo[]>;
    logs(name: string, options?: CallOptions & { readonly limit?: number }): Promise<readonly LogLine[]>;
    /** The newest lines, then live ones, until `signal` or the reader ends it. */
    followLogs(name: string, options?: CallOptions & { readonly limit?: number }): AsyncIterable<LogLine>;
  };
  readonly deployments: DeploymentsClient;
  readonly tasks: {
    list(
      filter?: TaskFilter,
      options?: CallOptions,
    ): Promise<{ readonly tasks: readonly TaskInfo[]; readonly nextPageToken: string; readonly totalSize: number }>;
    get(taskId: string, options?: CallOptions): Promise<TaskInfo>;
    events(
      taskId: string,
      options?: CallOptions & { readonly after?: number; readonly limit?: number },
    ): Promise<TaskEventPage["events"]>;
    cancel(taskId: string, options?: CallOptions): Promise<TaskInfo["task"]>;
  };
  readonly keys: {
    list(options?: CallOptions): Promise<readonly KeyInfo[]>;
    create(key: NewKey, options?: CallOptions): Promise<CreatedKey>;
    revoke(keyId: string, options?: CallOptions): Promise<void>;
  };
  /** Keys that sign agent cards: the current one first. */
  readonly cardKeys: {
    list(options?: CallOptions): Promise<readonly CardKeyInfo[]>;
    /** `compromised`: the old public key is not published any more. */
    rotate(options?: CallOptions & { readonly compromised?: boolean }): Promise<readonly CardKeyInfo[]>;
  };
  /** Addresses where signed deliveries start a skill. */
  readonly grants: {
    /** Of a run oldest first, else newest first; at most 1,000. */
    list(filter?: GrantFilter, options?: CallOptions): Promise<readonly GrantInfo[]>;
    /** At once, with everything that was cut from it. */
    revoke(grantId: string, options?: CallOptions): Promise<void>;
  };
  readonly webhooks: {
    list(agent: string, options?: CallOptions): Promise<readonly WebhookInfo[]>;
    create(agent: string, webhook: NewWebhook, options?: CallOptions): Promise<CreatedWebhook>;
    remove(agent: string, webhookId: string, options?: CallOptions): Promise<void>;
  };
  /** The repositories that agents are deployed from. */
  readonly sources: {
    /** Connects it, or changes the connection. */
    connect(agent: string, source: NewSource, options?: CallOptions): Promise<ConnectedSource>;
    get(agent: string, options?: CallOptions): Promise<SourceInfo>;
    /** A new secret for its deliveries. */
    rotate(agent: string, options?: CallOptions): Promise<ConnectedSource>;
    disconnect(agent: string, options?: CallOptions): Promise<void>;
  };
  readonly approvals: ApprovalsClient;
  readonly issuers: IssuersClient;
  readonly clients: ClientsClient;
  readonly secrets: SecretsClient;
  /** The platform's image registry. */
  readonly distribution: DistributionClient;
  readonly images: ImagesClient;
  readonly targets: TargetsClient;
  readonly models: ModelsClient;
  readonly telemetry: TelemetryClient;
  readonly traffic: TrafficClient;
  readonly limits: LimitsClient;
  readonly billing: BillingClient;
  readonly evals: EvalsClient;
  readonly memory: MemoryClient;
  readonly users: UsersClient;
  readonly organizations: OrganizationsClient;
  readonly receipts: ReceiptsClient;
  readonly ledger: LedgerClient;
  readonly files: FilesClient;
  readonly audit: {
    list(options?: CallOptions & { readonly limit?: number }): Promise<readonly JsonObject[]>;
    /** Newest first; all filters must hold. */
    query(query?: AuditQuery, options?: CallOptions): Promise<AuditPage>;
    proof(auditId: string, options?: CallOptions): Promise<JsonObject>;
  };
}

export type PlatformClientOptions = ClientOptions;

export function createPlatformClient(options: PlatformClientOptions): PlatformClient {
  const http = createHttp(options);
  const request = <T>(call: HttpRequest, callOptions?: CallOptions): Promise<T> =>
    // The platform's answers are its documented contract; this client does not check them a second time.
    http.json(call, callOptions) as Promise<T>;
  const get = <T>(path: string, callOptions?: CallOptions, query: HttpRequest["query"] = {}): Promise<T> =>
    request<T>({ method: "GET", path, query }, callOptions);
  const text = (path: string, callOptions?: CallOptions): Promise<string> =>
    http.text({ method: "GET", path, accept: "*/*" }, callOptions);

  return {
    url: http.url,
    async ready(callOptions) {
      try {
        await get("readyz", callOptions);
        return true;
      } catch (error) {
        if (error instanceof PlatformError && error.metadata.httpStatus === "503") return false;
        throw error;
      }
    },
    version: (callOptions) => get("v1/version", callOptions),
    whoami: (callOptions) => get("v1/whoami", callOptions),
    doctor: (callOptions) => get("v1/doctor", callOptions),
    agent: (name) => createAgentClient({ ...options, url: `${http.url}/agents/${segment(name)}` }),
    agents: {
      list: (filter, callOptions) => get("v1/agents", callOptions, { ...filter }),
      get: (name, callOptions) => get(`v1/agents/${segment(name)}`, callOptions),
      remove: (name, { abandon = false, ...callOptions } = {}) =>
        request(
          { method: "DELETE", path: `v1/agents/${segment(name)}`, query: { abandon: abandon ? "true" : undefined } },
          callOptions,
        ),
      // The platform asks several addresses in turn, each with its own patience.
      import: (agent, callOptions) =>
        request({ method: "POST", path: "v1/agents/import", json: agent }, { timeoutMs: 60_000, ...callOptions }),
      refresh: (name, callOptions) =>
        request({ method: "POST", path: `v1/agents/${segment(name)}/refresh` }, { timeoutMs: 60_000, ...callOptions }),
      acceptCard: (name, change, callOptions) =>
        request(
          { method: "POST", path: `v1/agents/${segment(name)}/accept-card`, json: change ?? {} },
          { timeoutMs: 60_000, ...callOptions },
        ),
      connect: (name, callOptions) => get(`v1/agents/${segment(name)}/connect`, callOptions),
      async releases(name, callOptions) {
        const path = `v1/agents/${segment(name)}/releases`;
        return (await get<{ readonly releases: readonly ReleaseInfo[] }>(path, callOptions)).releases;
      },
      async wakes(name, { limit, ...callOptions } = {}) {
        const path = `v1/agents/${segment(name)}/wakes`;
        return (await get<{ readonly wakes: readonly WakeInfo[] }>(path, callOptions, { limit })).wakes;
      },
      async logs(name, { limit, ...callOptions } = {}) {
        const path = `v1/agents/${segment(name)}/logs`;
        return (await get<{ readonly lines: readonly LogLine[] }>(path, callOptions, { limit })).lines;
      },
      followLogs: (name, callOptions) => followLogs(http, name, callOptions),
    },
    deployments: createDeploymentsClient(request, http),
    tasks: {
      list: (filter, callOptions) => get("v1/tasks", callOptions, { ...filter }),
      get: (taskId, callOptions) => get(`v1/tasks/${segment(taskId)}`, callOptions),
      async events(taskId, { after, limit, ...callOptions } = {}) {
        const path = `v1/tasks/${segment(taskId)}/events`;
        return (await get<TaskEventPage>(path, callOptions, { after, limit })).events;
      },
      async cancel(taskId, callOptions) {
        const path = `v1/tasks/${segment(taskId)}/cancel`;
        return (await request<Pick<TaskInfo, "task">>({ method: "POST", path, json: {} }, callOptions)).task;
      },
    },
    keys: {
      async list(callOptions) {
        return (await get<{ readonly keys: readonly KeyInfo[] }>("v1/keys", callOptions)).keys;
      },
      create: (key, callOptions) => request({ method: "POST", path: "v1/keys", json: key }, callOptions),
      revoke: (keyId, callOptions) => request({ method: "DELETE", path: `v1/keys/${segment(keyId)}` }, callOptions),
    },
    cardKeys: {
      async list(callOptions) {
        return (await get<{ readonly keys: readonly CardKeyInfo[] }>("v1/card-keys", callOptions)).keys;
      },
      async rotate({ compromised = false, ...callOptions } = {}) {
        const call = { method: "POST", path: "v1/card-keys/rotate", json: { compromised } } as const;
        return (await request<{ readonly keys: readonly CardKeyInfo[] }>(call, callOptions)).keys;
      },
    },
    grants: {
      async list(filter, callOptions) {
        return (await get<{ readonly grants: readonly GrantInfo[] }>("v1/grants", callOptions, { ...filter })).grants;
      },
      revoke: (grantId, callOptions) =>
        request({ method: "DELETE", path: `v1/grants/${segment(grantId)}` }, callOptions),
    },
    webhooks: {
      async list(agent, callOptions) {
        const path = `v1/agents/${segment(agent)}/webhooks`;
        return (await get<{ readonly webhooks: readonly WebhookInfo[] }>(path, callOptions)).webhooks;
      },
      create: (agent, webhook, callOptions) =>
        request({ method: "POST", path: `v1/agents/${segment(agent)}/webhooks`, json: webhook }, callOptions),
      remove: (agent, webhookId, callOptions) =>
        request({ method: "DELETE", path: `v1/agents/${segment(agent)}/webhooks/${segment(webhookId)}` }, callOptions),
    },
    sources: {
      connect: (agent, source, callOptions) =>
        request({ method: "PUT", path: sourcePath(agent), json: source }, callOptions),
      get: (agent, callOptions) => get(sourcePath(agent), callOptions),
      rotate: (agent, callOptions) => request({ method: "POST", path: `${sourcePath(agent)}/rotate` }, callOptions),
      disconnect: (agent, callOptions) => request({ method: "DELETE", path: sourcePath(agent) }, callOptions),
    },
    approvals: createApprovalsClient(request),
    issuers: createIssuersClient(request),
    clients: createClientsClient(request),
    secrets: createSecretsClient(request),
    distribution: createDistributionClient(request, http),
    images: createImagesClient(request, http),
    targets: createTargetsClient(request, http),
    models: createModelsClient(request),
    telemetry: createTelemetryClient(request, http),
    traffic: createTrafficClient(request),
    limits: createLimitsClient(request),
    billing: createBillingClient(request, http),
    evals: createEvalsClient(request),
    memory: createMemoryClient(request),
    users: createUsersClient(request),
    organizations: createOrganizationsClient(request),
    receipts: createReceiptsClient(request, http),
    ledger: createLedgerClient(request, text),
    files: createFilesClient(request, http),
    audit: {
      async list({ limit, ...callOptions } = {}) {
        return (await get<{ readonly entries: readonly JsonObject[] }>("v1/audit", callOptions, { limit })).entries;
      },
      query: (query, callOptions) => get("v1/audit", callOptions, { ...query }),
      proof: (auditId, callOptions) => get(`v1/audit/${segment(auditId)}/proof`, callOptions),
    },
  };
}

function segment(value: string): string {
  return encodeURIComponent(value);
}

function sourcePath(agent: string): string {
  return `v1/agents/${segment(agent)}/source`;
}
