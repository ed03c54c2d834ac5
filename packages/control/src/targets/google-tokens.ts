import { PlatformError } from "@berth/protocol";
import type { GoogleAuth, IdTokenClient } from "google-auth-library";

/** Tokens of the platform's own Google identity (Application Default Credentials). */
export interface GoogleTokens {
  /** One that holds for at least another minute. @throws TARGET_FAILED when there is no such identity here */
  accessToken(signal?: AbortSignal): Promise<string>;
  /** For a service that asks who calls. @throws TARGET_FAILED */
  idToken(audience: string): Promise<string>;
  /**
   * One that it gave was refused: the next is a new one, unless it is new. Undefined: access tokens. What refuses may be an
   * agent, so that what this costs is bounded.
   */
  forget(audience: string | undefined): void;
}

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const TIMEOUT_MS = 15_000;
/** Audiences are services of agents: few, and each client holds one token. */
const MAX_AUDIENCES = 1_000;
const NEW_MS = 30_000;

/**
 * By google-auth-library, which keeps tokens until shortly before they end: a key file that GOOGLE_APPLICATION_CREDENTIALS
 * names, workload identity, or the metadata server of the machine. Nothing of it is looked for before the first call.
 */
export function createGoogleTokens({ now }: { readonly now: () => Date }): GoogleTokens {
  const isOld = (since: number): boolean => now().getTime() - since > NEW_MS;
  let auth: Promise<GoogleAuth> | undefined;
  let openedAt = now().getTime();
  const opened = async (): Promise<GoogleAuth> => await (auth ??= openAuth());
  const clients = new Map<string, { readonly opened: Promise<IdTokenClient>; readonly at: number }>();
  return {
    forget: (audience) => {
      if (audience !== undefined) {
        if (isOld(clients.get(audience)?.at ?? Infinity)) clients.delete(audience);
      } else if (isOld(openedAt)) {
        auth = undefined;
        openedAt = now().getTime();
      }
    },
    accessToken: async (signal) => {
      const token = await within(
        opened().then(async (found) => await found.getAccessToken()),
        signal,
      );
      if (typeof token === "string" && token !== "") return token;
      throw noIdentity(undefined);
    },
    idToken: async (audience) => {
      let client = clients.get(audience);
      if (client === undefined) {
        if (clients.size >= MAX_AUDIENCES) clients.clear();
        client = {
          opened: opened().then(async (found) => await found.getIdTokenClient(audience)),
          at: now().getTime(),
        };
        clients.set(audience, client);
        // One that failed must not fail forever.
        client.opened.catch(() => clients.delete(audience));
      }
      const headers = await within(
        client.opened.then(async (found) => await found.getRequestHeaders()),
        undefined,
      );
      return (headers.get("authorization") ?? "").replace(/^Bearer /i, "");
    },
  };
}

/** Read when it is needed: most platforms have nothing at Google. */
async function openAuth(): Promise<GoogleAuth> {
  const library = await import("google-auth-library");
  return new library.GoogleAuth({ scopes: [SCOPE] });
}

async function within<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const { promise, reject } = Promise.withResolvers<never>();
  const stopped = (): void => reject(stop.reason);
  stop.addEventListener("abort", stopped, { once: true });
  try {
    return await Promise.race([work, promise]);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw noIdentity(error);
  } finally {
    stop.removeEventListener("abort", stopped);
  }
}

function noIdentity(cause: unknown): PlatformError {
  const said = cause instanceof Error ? ` (${cause.message.slice(0, 300)})` : "";
  return new PlatformError("TARGET_FAILED", `This platform has no Google identity${said}.`, {
    cause,
    hint: "Run it on Google Cloud, or set GOOGLE_APPLICATION_CREDENTIALS to a credential's file.",
  });
}
