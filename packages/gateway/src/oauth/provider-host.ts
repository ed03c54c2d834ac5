import type { OAuthKey } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type Provider from "oidc-provider";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readJson } from "../edge/read-body.ts";
import { isJsonObject } from "../mcp/json.ts";
import { normalizedMetadata } from "./client-metadata.ts";
import { FORM_TYPE, readForm } from "./form.ts";
import type { Fetch } from "./outbound-fetch.ts";
import { normalizedParameters } from "./parameters.ts";
import type { Endpoint } from "./parameters.ts";
import { MOUNT, toProviderRequest } from "./provider-request.ts";
import { keptSecret } from "./records-adapter.ts";
import { toResource } from "./resources.ts";

export interface ProviderHostOptions {
  readonly edge: Edge;
  readonly key: OAuthKey;
  readonly secret: Uint8Array;
  readonly issuer: () => string;
  readonly fetch: Fetch;
}

/** `library`: nothing is looked at. `registration`: metadata of a client. */
export type Reading = Endpoint | "registration" | "library";

export interface ServeOptions {
  /** The library's own path, with the mount; default: as requested. */
  readonly path?: string;
  readonly reading: Reading;
}

/** The library, loaded once it is needed, for the issuer that the platform has by then. */
export class ProviderHost {
  readonly #options: ProviderHostOptions;
  #loaded: Promise<Provider> | undefined;

  constructor(options: ProviderHostOptions) {
    this.#options = options;
  }

  async provider(): Promise<Provider> {
    this.#loaded ??= load(this.#options);
    return await this.#loaded;
  }

  /** Writes the whole response. @throws REQUEST_TOO_LARGE and others for bodies that are none */
  async serve(exchange: Exchange, { path = exchange.path, reading }: ServeOptions): Promise<void> {
    const provider = await this.provider();
    const { edge } = this.#options;
    const { origin } = new URL(edge.baseUrl());
    const search = this.#search(exchange, reading);
    const body = exchange.method === "POST" ? await this.#body(exchange, reading) : undefined;
    const shownSearch = search === "" ? exchange.query.toString() : search;
    const about = { path, search, shownSearch, origin, ...(body === undefined ? {} : { body }) };
    const request = toProviderRequest(exchange, about);
    exchange.res.setHeader("X-Request-Id", exchange.requestId);
    await provider.callback()(request, exchange.res);
  }

  #search(exchange: Exchange, reading: Reading): string {
    // The library would answer a code in the address with a page that has a script in it.
    if (exchange.path === `${MOUNT}/device`) return "";
    return isEndpoint(reading) && exchange.method === "GET"
      ? this.#normalized(exchange.query, reading)
      : exchange.query.toString();
  }

  async #body(exchange: Exchange, reading: Reading): Promise<{ readonly text: string; readonly type: string }> {
    if (reading === "registration") {
      const said = await readJson(exchange, this.#options.edge.limits);
      if (!isJsonObject(said))
        throw invalidParams([{ field: "redirect_uris", description: "the body must be an object" }]);
      return { text: JSON.stringify(normalizedMetadata(withoutId(said))), type: "application/json" };
    }
    const form = await readForm(exchange);
    return { text: isEndpoint(reading) ? this.#normalized(form, reading) : form.toString(), type: FORM_TYPE };
  }

  #normalized(parameters: URLSearchParams, endpoint: Endpoint): string {
    const { edge } = this.#options;
    return normalizedParameters(parameters, endpoint, (text) => toResource(edge, text)).toString();
  }
}

async function load(options: ProviderHostOptions): Promise<Provider> {
  const [library, { providerConfiguration }, { answerForJwts }] = await Promise.all([
    import("oidc-provider"),
    import("./provider-configuration.ts"),
    import("./token-endpoints.ts"),
  ]);
  const { edge, key, issuer } = options;
  const house = { ...options, library, now: () => new Date() };
  const provider = new library.Provider(issuer(), providerConfiguration(house));
  // Every request says where it was sent to in headers of ours.
  provider.proxy = true;
  provider.on("server_error", (_ctx, error) => edge.log(`oauth: ${error.stack ?? error.message}`));
  provider.use(answerForJwts(edge.control.oauth, () => ({ issuer: issuer(), kid: key.kid, publicKey: key.publicKey })));
  const { prototype } = provider.Client;
  // oxlint-disable-next-line typescript/unbound-method -- called with its client
  const compare = prototype.compareClientSecret;
  prototype.compareClientSecret = async function (actual: string) {
    const known = await edge.control.oauth.findClient(this.clientId);
    if (known !== undefined) return await edge.control.oauth.isSecretOf(known, actual);
    return await compare.call(this, keptSecret(actual));
  };
  return provider;
}

function isEndpoint(reading: Reading): reading is Endpoint {
  return reading !== "registration" && reading !== "library";
}

/** The id is ours to give. */
function withoutId<T extends { readonly client_id?: unknown }>(said: T): Omit<T, "client_id"> {
  const { client_id: _id, ...rest } = said;
  return rest;
}
