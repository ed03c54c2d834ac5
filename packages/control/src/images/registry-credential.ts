import type { RegistryCredential } from "@berth/deploy";
import { PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { HostAllowlist } from "@berth/runtime";
import type { SecretSource } from "@berth/runtime";
import { authorize } from "../auth/authorize.ts";
import type { GoogleTokens } from "../targets/google-tokens.ts";

export interface CredentialSources {
  readonly secrets: SecretSource;
  readonly google?: Pick<GoogleTokens, "accessToken">;
}

/** The platform's own identity at Google. */
const GOOGLE_CREDENTIAL = "google";

/** What the platform may do at Google is more than who may deploy here: only who sets up targets may name it. @throws PERMISSION_DENIED */
export function assertMayUse(principal: Principal, credential: string | undefined): void {
  if (credential === GOOGLE_CREDENTIAL) authorize(principal, "target.manage");
}

interface RegistryPlace {
  /** As it is written, with its port. */
  readonly host: string;
  readonly port: number;
}

/** The platform's own identity is told to Google's registries and to nobody else, whoever asks. */
const GOOGLE_HOSTS = /^(?:[a-z0-9-]+\.)*(?:pkg\.dev|gcr\.io)$/;
const GOOGLE_USER = "oauth2accesstoken";

/**
 * What is named `google` is the platform's own identity; everything else is a secret of the organization: `user:password`,
 * or the JSON of a docker configuration. @throws REGISTRY_FAILED
 */
export async function registryCredential(
  { secrets, google }: CredentialSources,
  orgId: string,
  name: string,
  registry: RegistryPlace,
): Promise<RegistryCredential> {
  if (name === GOOGLE_CREDENTIAL) return googleCredential(google, registry);
  // An organization's secret: no agent can have that name.
  const secret = await secrets.value({ orgId, agentName: "" }, name);
  if (secret === undefined) throw refused(`The organization has no secret ${JSON.stringify(name)}.`);
  assertMayGo(secret.hosts, name, registry);
  const found = secret.value.startsWith("{") ? fromDocker(secret.value, registry.host) : fromText(secret.value);
  if (found !== undefined) return found;
  throw refused(
    `The secret ${name} holds no credential for ${registry.host}: it must be user:password, or docker's JSON.`,
  );
}

function googleCredential(google: CredentialSources["google"], { host, port }: RegistryPlace): RegistryCredential {
  if (google === undefined) throw refused("This platform has no identity at Google.");
  if (port !== 443 || !GOOGLE_HOSTS.test(host.replace(/:443$/, ""))) {
    throw refused(`The credential "google" is for Google's registries, and ${host} is none of them.`);
  }
  return { username: GOOGLE_USER, password: async (signal) => await google.accessToken(signal) };
}

/** A secret may say where it may be sent: whoever may deploy must not be able to send it elsewhere. */
function assertMayGo(hosts: readonly string[] | undefined, name: string, { host, port }: RegistryPlace): void {
  const bare = host
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
  if (hosts === undefined || new HostAllowlist(hosts, port).allows({ host: bare, port })) return;
  throw refused(`The secret ${name} is not for ${host}; it is for ${hosts.join(", ")}.`);
}

function fromText(value: string): RegistryCredential | undefined {
  const colon = value.indexOf(":");
  return colon < 1 ? undefined : { username: value.slice(0, colon), password: value.slice(colon + 1) };
}

/** `{"auths":{"host":{"auth":"…"}}}`, or the part of it that is one host's. */
function fromDocker(text: string, host: string): RegistryCredential | undefined {
  const json = parse(text);
  const auths = recordOf(json?.["auths"]);
  const entry =
    auths === undefined ? json : recordOf(auths[host] ?? auths[`https://${host}`] ?? auths[DOCKER[host] ?? ""]);
  const { username, password, auth } = entry ?? {};
  if (typeof username === "string" && typeof password === "string") return { username, password };
  return typeof auth === "string" ? fromText(Buffer.from(auth, "base64").toString("utf8")) : undefined;
}

/** Docker Hub goes by an older name there. */
const DOCKER: { readonly [host: string]: string } = { "docker.io": "https://index.docker.io/v1/" };

interface Json {
  readonly [key: string]: unknown;
}

function parse(text: string): Json | undefined {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function recordOf(value: unknown): Json | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // What is neither null nor an array is an object with string keys.
  return value as Json;
}

function refused(message: string): PlatformError {
  return new PlatformError("REGISTRY_FAILED", message, {
    retryable: false,
    hint: "`a2a secrets set NAME --host HOST` sets a registry's credential as user:password.",
  });
}
