import type { ReleaseSpec } from "../sandbox-driver.ts";

export interface ContractVariables {
  readonly listenPath: string;
  readonly port: number;
  readonly tmpFolder: string;
  /** Where HTTP_PROXY points; undefined without egress. */
  readonly proxyPort?: number;
  /** Of the services socket, as the agent sees it. */
  readonly servicesPath?: string;
  /** Where the bridge takes OTLP; undefined without services. */
  readonly telemetryPort?: number;
  readonly bridge: BridgeSettings;
}

/** What bridge.cjs does; it takes the variable out before the agent's code runs. */
interface BridgeSettings {
  readonly egress?: string;
  readonly proxyPort?: number;
  /** The services socket, and where it is offered to exporters, which know no unix sockets. */
  readonly services?: string;
  readonly telemetryPort?: number;
  readonly parent?: { readonly pid: number; readonly startTime?: string };
  /** Folder of Node's compile cache. */
  readonly cache?: string;
}

/** What clients of OpenAI's API read. They insist on a key; the real one is put in outside the sandbox. */
const MODEL_VARIABLES = { OPENAI_BASE_URL: "http://llm.berth.internal/v1", OPENAI_API_KEY: "put-in-by-berth" };

const NO_PROXY = "localhost,127.0.0.1,::1";
/** What engines give a program whose image says none. */
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Everything an agent finds in its environment; nothing of ours is inherited. The contract's names win over the release's. */
export function agentEnvironment(spec: ReleaseSpec, contract: ContractVariables): Record<string, string> {
  const proxy = `http://127.0.0.1:${contract.proxyPort ?? 0}`;
  return {
    NODE_ENV: "production",
    ...(contract.telemetryPort === undefined ? {} : telemetryVariables(spec, contract.telemetryPort)),
    ...(spec.usesModels === true && contract.proxyPort !== undefined ? MODEL_VARIABLES : {}),
    ...(spec.program === undefined ? {} : { PATH: USUAL_PATH, ...spec.program.env }),
    ...spec.env,
    BERTH_LISTEN: contract.listenPath,
    PORT: String(contract.port),
    HOME: contract.tmpFolder,
    TMPDIR: contract.tmpFolder,
    ...(contract.servicesPath === undefined ? {} : { BERTH_SERVICES: `unix:${contract.servicesPath}` }),
    BERTH_BRIDGE: JSON.stringify(contract.bridge),
    ...(contract.proxyPort === undefined
      ? {}
      : {
          HTTP_PROXY: proxy,
          HTTPS_PROXY: proxy,
          // What an agent serves to itself must not go round through the proxy, which refuses it.
          NO_PROXY,
          NODE_USE_ENV_PROXY: "1",
          // curl reads only this for http, and Python this first.
          ...(spec.program === undefined ? {} : { http_proxy: proxy, https_proxy: proxy, no_proxy: NO_PROXY }),
        }),
  };
}

/** What every OpenTelemetry SDK reads (its specification's "OpenTelemetry Environment Variable Specification"). No token: the socket is who it is. */
function telemetryVariables({ agentName, releaseId }: ReleaseSpec, port: number): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_SERVICE_NAME: agentName,
    OTEL_RESOURCE_ATTRIBUTES: `berth.release.id=${releaseId}`,
  };
}
