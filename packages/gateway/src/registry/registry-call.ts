import { PlatformError } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { covers, registryChallenge, scopeOf } from "./registry-challenge.ts";
import type { RegistryTokens } from "./registry-tokens.ts";
import type { RegistryAction } from "./token-scope.ts";

export interface RegistryParts {
  readonly edge: Edge;
  readonly tokens: RegistryTokens;
}

export interface RegistryRoute extends Pick<
  PlatformRoute,
  "method" | "path" | "policy" | "summary" | "query" | "body" | "status" | "answers"
> {
  /** What a token must be good for, on the repository of the address. */
  readonly actions: readonly RegistryAction[];
  readonly handle: (exchange: Exchange) => Promise<void> | void;
}

/** docker's clients read it to know whom they speak to. */
const API_VERSION = "registry/2.0";

/** A route with what all of the registry have: who one may be, what a token is good for, how it says no. */
export function registryRoute({ edge, tokens }: RegistryParts, route: RegistryRoute): PlatformRoute {
  const { actions, handle, ...rest } = route;
  const needed = route.path.includes("{name...}");
  const challenge = (exchange: Exchange, error?: "insufficient_scope"): ReturnType<typeof registryChallenge> =>
    registryChallenge(edge, exchange, needed ? scopeOf(exchange.params["name"], actions) : undefined, error);
  return {
    ...rest,
    errors: "registry",
    basic: true,
    colons: true,
    ...(route.method === "GET" ? {} : { rate: "write" }),
    challenge: (exchange) => {
      exchange.res.setHeader("Docker-Distribution-Api-Version", API_VERSION);
      return challenge(exchange);
    },
    readToken: async (token, exchange) => await tokens.read(token, exchange, Date.now()),
    async handle(exchange) {
      const access = tokens.accessOf(exchange);
      const name = exchange.params["name"];
      const missing = actions.find((action) => access !== undefined && !covers(access, name ?? "", action));
      if (needed && missing !== undefined) {
        exchange.challenge = challenge(exchange, "insufficient_scope");
        throw new PlatformError("UNAUTHENTICATED", `The token is not good for ${missing} on this repository.`, {
          hint: "Ask for another one: the challenge says where and for what.",
        });
      }
      await handle(exchange);
    },
  };
}

/** The address of something in the repository of this exchange. */
export function pathTo(exchange: Exchange, rest: string): string {
  return `/v2/${exchange.param("name")}/${rest}`;
}
