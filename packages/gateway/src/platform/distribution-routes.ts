import { staticChecks } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import { agentPage } from "../docs/page/agent-page.ts";
import { toHtml, PAGE_HEADERS } from "../docs/page/to-html.ts";
import { toMarkdown } from "../docs/page/to-markdown.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { previewAddress } from "../edge/preview-name.ts";
import { sendCached, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { agentAddress } from "./agent-address.ts";
import { plainCard, toChangesJson, toDistributionJson, toHistoryJson } from "./distribution-json.ts";
import { choiceParameter } from "./page.ts";
import { publishedCard } from "./published-card.ts";

const RELEASE = "/v1/agents/{name}/releases/{release}/distribution";
const FORMS = ["html", "markdown"] as const;

/** What is known of a release besides that it runs: what it consists of, where it comes from, and who goes by it. */
export function distributionRoutes(edge: Edge): readonly PlatformRoute[] {
  const { distributions } = edge.control;
  const wanted = (exchange: Exchange) =>
    [exchange.principal, exchange.param("name"), exchange.param("release")] as const;
  return [
    {
      method: "GET",
      path: RELEASE,
      policy: "agent.inspect",
      summary: "Image, bill of materials, provenance, changes, conformance, evals and dependents of a release",
      handle: async (exchange) => sendJson(exchange, await distributionJson(edge, exchange)),
    },
    {
      method: "GET",
      path: `${RELEASE}/sbom`,
      policy: "agent.inspect",
      summary: "Its bill of materials, CycloneDX, byte for byte as it hangs on the image",
      answers: "application/vnd.cyclonedx+json",
      handle: async (exchange) =>
        sendDocument(exchange, await distributions.sbom(...wanted(exchange)), "application/vnd.cyclonedx+json"),
    },
    {
      method: "GET",
      path: `${RELEASE}/provenance`,
      policy: "agent.inspect",
      summary: "Its SLSA provenance in a DSSE envelope, byte for byte as it hangs on the image",
      answers: "application/vnd.dsse.envelope.v1+json",
      handle: async (exchange) =>
        sendDocument(
          exchange,
          await distributions.provenance(...wanted(exchange)),
          "application/vnd.dsse.envelope.v1+json",
        ),
    },
    {
      method: "GET",
      path: `${RELEASE}/card`,
      policy: "agent.inspect",
      summary: "The card that the release brought along",
      handle: async (exchange) => {
        const { release } = await distributions.release(...wanted(exchange));
        sendDocument(exchange, Buffer.from(JSON.stringify(plainCard(release))), "application/json");
      },
    },
    {
      method: "GET",
      path: `${RELEASE}/docs`,
      policy: "agent.inspect",
      summary: "A page for whoever wants to call it, made of its card and configuration",
      answers: "text/html",
      query: [{ name: "format", description: "html or markdown; default: html." }],
      handle: async (exchange) => await sendDocs(edge, exchange),
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/history",
      policy: "agent.inspect",
      summary: "Its releases with what each changed for callers, newest first",
      query: [{ name: "limit", description: "1 to 100, default 50.", type: "integer" }],
      handle: async (exchange) => {
        const limit = exchange.integer("limit", { min: 1, max: 100 }) ?? 50;
        const entries = await distributions.history(exchange.principal, exchange.param("name"), limit);
        sendJson(exchange, { history: entries.map(toHistoryJson) });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/changes",
      policy: "agent.inspect",
      summary: "What callers notice between two of its releases",
      query: [
        { name: "from", description: "A release's id or label." },
        { name: "to", description: "Another one's." },
      ],
      handle: async (exchange) => {
        const [from, to] = [exchange.query.get("from") ?? "", exchange.query.get("to") ?? ""];
        const missing = Object.entries({ from, to }).filter(([, value]) => value === "");
        if (missing.length > 0) {
          throw invalidParams(missing.map(([field]) => ({ field, description: "must be a release's id or label" })));
        }
        const changes = await distributions.changes(exchange.principal, exchange.param("name"), { from, to });
        sendJson(exchange, toChangesJson(changes));
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/dependents",
      policy: "agent.inspect",
      summary: "The agents that call it or name it in their berth.json, and how many callers it has",
      handle: async (exchange) =>
        sendJson(exchange, await distributions.dependents(exchange.principal, exchange.param("name"))),
    },
  ];
}

async function distributionJson(edge: Edge, exchange: Exchange): Promise<object> {
  const { distributions, registry, releases } = edge.control;
  const { principal } = exchange;
  const [name, wanted] = [exchange.param("name"), exchange.param("release")];
  const found = await distributions.release(principal, name, wanted);
  const { release } = found;
  const view = await registry.findRelease(principal, name, release.releaseId);
  const { releases: all } = await releases.list(principal, name);
  const health = all.find((each) => each.release.releaseId === release.releaseId)?.health ?? "sleeping";
  const base = edge.baseUrl();
  return toDistributionJson(found, staticChecks({ ...release, card: await publishedCard(edge, view) }), {
    url: `${base}/v1/agents/${name}/releases/${release.releaseId}/distribution`,
    registry: new URL(base).host,
    health,
  });
}

/** It is a stranger's text on the platform's own origin: nothing in it runs, and it belongs to no origin. */
async function sendDocs(edge: Edge, exchange: Exchange): Promise<void> {
  const form = choiceParameter(exchange, "format", FORMS) ?? "html";
  const { distributions, registry } = edge.control;
  const name = exchange.param("name");
  const { release, changes } = await distributions.release(exchange.principal, name, exchange.param("release"));
  const { agent } = await registry.find(exchange.principal, name);
  const { releaseId, createdAt, card, config, skillSchemas } = release;
  const isActive = agent.activeReleaseId === releaseId;
  const blocks = agentPage({
    name,
    release: releaseId,
    createdAt,
    base: isActive ? agentAddress(edge, name) : previewAddress(edge, name, releaseId),
    card,
    config,
    skillSchemas,
    changes,
  });
  const isHtml = form === "html";
  sendCached(exchange, isHtml ? toHtml(card.name, blocks) : toMarkdown(blocks), {
    contentType: isHtml ? "text/html; charset=utf-8" : "text/markdown; charset=utf-8",
    cacheControl: "private, no-cache",
    headers: PAGE_HEADERS,
  });
}

function sendDocument(exchange: Exchange, bytes: Uint8Array, contentType: string): void {
  sendCached(exchange, bytes, {
    contentType,
    cacheControl: "private, no-cache",
    headers: { "Content-Security-Policy": "default-src 'none'; sandbox" },
  });
}
