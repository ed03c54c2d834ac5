import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
  UnauthorizedError as UnauthorizedV2,
} from "@modelcontextprotocol/client";
import { UnauthorizedError as UnauthorizedV1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

export const REDIRECT = "http://127.0.0.1:33418/callback";

const INFO = { name: "test", version: "1.0.0" };

/** What both SDKs want from the program around them; it remembers, and hands the address to a person. */
class Provider<Information, Tokens, State> {
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata = { client_name: "An MCP client", redirect_uris: [REDIRECT] };
  address: URL | undefined;
  #information: Information | undefined;
  #tokens: Tokens | undefined;
  #verifier = "";
  #state: State | undefined;

  clientInformation(): Information | undefined {
    return this.#information;
  }

  saveClientInformation(information: Information): void {
    this.#information = information;
  }

  tokens(): Tokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: Tokens): void {
    this.#tokens = tokens;
  }

  redirectToAuthorization(address: URL): void {
    this.address = address;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  /** SEP-2352: the answer must come from the server that was asked. */
  saveDiscoveryState(state: State): void {
    this.#state = state;
  }

  discoveryState(): State | undefined {
    return this.#state;
  }
}

/** From nothing but the URL to the names of the tools. `allow` is the person. */
export type SignIn = (url: URL, allow: (address: URL) => Promise<URLSearchParams>) => Promise<readonly string[]>;

export const signInV1: SignIn = async (url, allow) => {
  type Auth = NonNullable<NonNullable<ConstructorParameters<typeof TransportV1>[1]>["authProvider"]>;
  type Known = NonNullable<Awaited<ReturnType<Auth["clientInformation"]>>>;
  type State = NonNullable<Awaited<ReturnType<NonNullable<Auth["discoveryState"]>>>>;
  const provider = new Provider<Known, NonNullable<Awaited<ReturnType<Auth["tokens"]>>>, State>();
  const first = new TransportV1(url, { authProvider: provider });
  await refusedWith(UnauthorizedV1, async () => await new ClientV1(INFO).connect(first));
  const answer = await allow(addressOf(provider.address));
  await first.finishAuth(answer.get("code") ?? "");
  const client = new ClientV1(INFO);
  await client.connect(new TransportV1(url, { authProvider: provider }));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
};

export const signInV2: SignIn = async (url, allow) => {
  type Auth = NonNullable<NonNullable<ConstructorParameters<typeof TransportV2>[1]>["authProvider"]>;
  type OAuth = Extract<Auth, { clientInformation: unknown }>;
  type Known = NonNullable<Awaited<ReturnType<OAuth["clientInformation"]>>>;
  type State = NonNullable<Awaited<ReturnType<NonNullable<OAuth["discoveryState"]>>>>;
  const provider = new Provider<Known, NonNullable<Awaited<ReturnType<OAuth["tokens"]>>>, State>();
  const first = new TransportV2(url, { authProvider: provider });
  const open = (): ClientV2 => new ClientV2(INFO, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await refusedWith(UnauthorizedV2, async () => await open().connect(first));
  // It checks `iss` of the answer itself (RFC 9207).
  await first.finishAuth(await allow(addressOf(provider.address)));
  const client = open();
  await client.connect(new TransportV2(url, { authProvider: provider }));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
};

async function refusedWith(kind: new (...args: never[]) => Error, go: () => Promise<void>): Promise<void> {
  try {
    await go();
  } catch (error) {
    if (error instanceof kind) return;
    throw error;
  }
  throw new Error("the server let somebody in who has not signed in");
}

function addressOf(address: URL | undefined): URL {
  if (address === undefined) throw new Error("the client was sent nowhere to sign in");
  return address;
}
