import { PlatformError } from "@berth/protocol";
import { readAll } from "../read-all.ts";
import { parseChallenges } from "./auth-challenge.ts";
import { noAnswer, registryError } from "./registry-errors.ts";
import type { RegistryAnswer, RegistryHttp } from "./registry-http.ts";

/**
 * Google's registries take the user `oauth2accesstoken` with an access token: such a password is asked for each time
 * that one is needed.
 */
export interface RegistryCredential {
  readonly username: string;
  readonly password: string | ((signal?: AbortSignal) => Promise<string>);
}

export interface AuthOptions {
  readonly http: RegistryHttp;
  /** The registry's, such as `https://registry.example:5000`. */
  readonly origin: string;
  readonly host: string;
  readonly credential?: RegistryCredential;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

interface Granted {
  readonly header: string;
  readonly untilMs: number;
}

/** What docker's token specification gives a token that says nothing of its age. */
const DEFAULT_SECONDS = 60;
/** A token is not used in its last seconds: it would end on the way. */
const MARGIN_MS = 5_000;
const MAX_TOKEN_BYTES = 64 * 1024;
const MAX_TOKENS = 100;

/** Answers a registry's challenges: Basic, and Bearer with a token from the realm that it names. */
export class RegistryAuth {
  readonly #options: AuthOptions;
  readonly #granted = new Map<string, Granted>();
  #isBasic = false;

  constructor(options: AuthOptions) {
    this.#options = options;
  }

  /** What is known to be wanted. Nothing is sent before it is asked for. */
  async authorization(scopes: readonly string[]): Promise<string | undefined> {
    if (this.#isBasic) return await this.#basic();
    const granted = this.#granted.get(keyOf(scopes));
    return granted !== undefined && granted.untilMs > performance.now() ? granted.header : undefined;
  }

  /** Of a 401: what to send instead; undefined when there is nothing else to send. */
  async answer(
    challenged: RegistryAnswer,
    scopes: readonly string[],
    refusedHeader: string | undefined,
  ): Promise<string | undefined> {
    const challenges = parseChallenges(challenged.headers["www-authenticate"]);
    const bearer = challenges.find(
      ({ scheme, parameters }) => scheme === "bearer" && parameters["realm"] !== undefined,
    );
    if (bearer !== undefined) {
      const header = await this.#token(bearer.parameters, scopes);
      return header === refusedHeader ? undefined : header;
    }
    if (!challenges.some(({ scheme }) => scheme === "basic")) return undefined;
    const header = await this.#basic();
    if (header === undefined || header === refusedHeader) return undefined;
    this.#isBasic = true;
    return header;
  }

  async #token(parameters: { readonly [name: string]: string }, scopes: readonly string[]): Promise<string> {
    const { origin, host, http, timeoutMs, signal } = this.#options;
    const url = URL.parse(parameters["realm"] ?? "", origin);
    // The password goes there: not in the clear, unless the registry itself is spoken to so.
    if (url === null || (url.protocol !== "https:" && !(url.protocol === "http:" && origin.startsWith("http:")))) {
      throw new PlatformError("REGISTRY_FAILED", `The registry ${host} names no safe place to sign in.`, {
        retryable: false,
      });
    }
    const service = parameters["service"];
    if (service !== undefined) url.searchParams.set("service", service);
    const asked = new Set([...(parameters["scope"]?.split(" ") ?? []), ...scopes].filter((scope) => scope !== ""));
    for (const scope of asked) url.searchParams.append("scope", scope);
    const basic = await this.#basic();
    const headers = { accept: "application/json", ...(basic === undefined ? {} : { authorization: basic }) };
    const request = {
      method: "GET",
      url: url.href,
      headers,
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    } as const;
    const answer = await http.request(request).catch((error: unknown) => {
      throw error instanceof PlatformError ? error : noAnswer(url.host, error);
    });
    if (answer.status !== 200) throw await registryError(answer, host, "let the credential in");
    const granted = tokenOf(await readAll(answer.body, MAX_TOKEN_BYTES, "The registry's token"), host);
    if (this.#granted.size >= MAX_TOKENS) this.#granted.clear();
    this.#granted.set(keyOf(scopes), granted);
    return granted.header;
  }

  async #basic(): Promise<string | undefined> {
    const { credential, signal } = this.#options;
    if (credential === undefined) return undefined;
    const { username, password } = credential;
    const secret = typeof password === "string" ? password : await password(signal);
    return `Basic ${Buffer.from(`${username}:${secret}`).toString("base64")}`;
  }
}

function tokenOf(bytes: Uint8Array, host: string): Granted {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    value = undefined;
  }
  const { token, access_token, expires_in } =
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const used = typeof token === "string" && token !== "" ? token : access_token;
  // It becomes a header.
  if (typeof used !== "string" || !/^[\x21-\x7e]+$/.test(used)) {
    throw new PlatformError("REGISTRY_FAILED", `The registry ${host} gives no token where it says.`, {
      retryable: false,
    });
  }
  const seconds = typeof expires_in === "number" && expires_in > 0 ? expires_in : DEFAULT_SECONDS;
  return { header: `Bearer ${used}`, untilMs: performance.now() + seconds * 1000 - MARGIN_MS };
}

function keyOf(scopes: readonly string[]): string {
  return scopes.toSorted().join(" ");
}
