import { toDecimal, toMicros } from "@berth/control";
import type { ProviderContent } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { ModelAlias, ModelProvider, PricedModel } from "@berth/store";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isTexts, membersOf } from "./body.ts";

/** Who answers calls to models. Keys are secrets, and named here by their names only. */
export function modelRoutes(edge: Edge): readonly PlatformRoute[] {
  const { models } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/models",
      policy: "model.read",
      summary: "The providers with their models and prices, and the aliases",
      handle: async (exchange) => {
        const { providers, aliases } = await models.settings(exchange.principal);
        sendJson(exchange, { providers: providers.map(toProviderJson), aliases: aliases.map(toAliasJson) });
      },
    },
    {
      method: "PUT",
      path: "/v1/models/providers/{name}",
      policy: "model.manage",
      summary: "Set a provider of models, in place of one of this name. It holds from the next call on",
      body: "application/json",
      handle: async (exchange) => {
        const content = parseProvider(await readJson(exchange, edge.limits));
        sendJson(
          exchange,
          toProviderJson(await models.putProvider(exchange.principal, exchange.param("name"), content)),
        );
      },
    },
    {
      method: "DELETE",
      path: "/v1/models/providers/{name}",
      policy: "model.manage",
      summary: "Remove a provider; calls of its models fail from now on",
      status: 204,
      handle: async (exchange) => {
        await models.removeProvider(exchange.principal, exchange.param("name"));
        sendEmpty(exchange);
      },
    },
    {
      method: "PUT",
      path: "/v1/models/aliases/{name}",
      policy: "model.manage",
      summary: "Set a name for models that are tried one after the other",
      body: "application/json",
      handle: async (exchange) => {
        const { models: targets } = membersOf(await readJson(exchange, edge.limits));
        if (!isTexts(targets))
          throw invalidParams([{ field: "models", description: "must be a list of provider/model" }]);
        sendJson(exchange, toAliasJson(await models.putAlias(exchange.principal, exchange.param("name"), targets)));
      },
    },
    {
      method: "DELETE",
      path: "/v1/models/aliases/{name}",
      policy: "model.manage",
      summary: "Remove an alias",
      status: 204,
      handle: async (exchange) => {
        await models.removeAlias(exchange.principal, exchange.param("name"));
        sendEmpty(exchange);
      },
    },
  ];
}

function toProviderJson({ orgId: _orgId, secretName, models, ...rest }: ModelProvider): object {
  const priced = models.map(({ name, inputMicros, outputMicros }) => ({
    name,
    inputPrice: inputMicros === undefined ? null : toDecimal(inputMicros),
    outputPrice: outputMicros === undefined ? null : toDecimal(outputMicros),
  }));
  return { ...rest, secret: secretName ?? null, models: priced };
}

function toAliasJson({ orgId: _orgId, targets, ...rest }: ModelAlias): object {
  return { ...rest, models: targets };
}

/** What a member may be is the use case's to say; here it gets its type. @throws INVALID_PARAMS */
function parseProvider(body: unknown): ProviderContent {
  const violations: FieldViolation[] = [];
  const { kind, baseUrl, secret, models, concurrency, timeoutSeconds } = membersOf(body);
  const report = (field: string, description: string): void => void violations.push({ field, description });
  if (typeof kind !== "string") report("kind", "must be a text");
  if (baseUrl !== undefined && typeof baseUrl !== "string") report("baseUrl", "must be a text");
  if (secret !== undefined && typeof secret !== "string") report("secret", "must be a secret's name");
  if (!Array.isArray(models)) report("models", "must be a list");
  for (const [name, value] of Object.entries({ concurrency, timeoutSeconds })) {
    if (value !== undefined && typeof value !== "number") report(name, "must be a number");
  }
  const priced = Array.isArray(models)
    ? models.map((model, index) => parseModel(model, `models[${index}]`, report))
    : [];
  if (violations.length > 0) throw invalidParams(violations);
  return {
    // The use case refuses what is none of the kinds.
    kind: String(kind) as ProviderContent["kind"],
    ...(typeof baseUrl === "string" ? { baseUrl } : {}),
    ...(typeof secret === "string" ? { secretName: secret } : {}),
    models: priced,
    ...(typeof concurrency === "number" ? { concurrency } : {}),
    ...(typeof timeoutSeconds === "number" ? { timeoutSeconds } : {}),
  };
}

function parseModel(value: unknown, at: string, report: (field: string, description: string) => void): PricedModel {
  const { name, inputPrice, outputPrice } = membersOf(value);
  if (typeof name !== "string") report(`${at}.name`, "must be a text");
  const priceOf = (price: unknown, field: string): number | undefined => {
    if (price === undefined || price === null) return undefined;
    const micros = typeof price === "string" ? toMicros(price) : undefined;
    if (micros === undefined)
      report(`${at}.${field}`, 'must be a decimal text with at most 6 decimals, such as "0.15"');
    return micros;
  };
  const [inputMicros, outputMicros] = [priceOf(inputPrice, "inputPrice"), priceOf(outputPrice, "outputPrice")];
  return {
    name: String(name),
    ...(inputMicros === undefined ? {} : { inputMicros }),
    ...(outputMicros === undefined ? {} : { outputMicros }),
  };
}
