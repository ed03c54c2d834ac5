import type { ReleaseView } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { previewAddress } from "../edge/preview-name.ts";
import { readJson } from "../edge/read-body.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isText, membersOf } from "./body.ts";
import { expectedVersion, versionTag } from "./file-preconditions.ts";
import type { AgentRecord } from "./records.ts";

const MAX_RELEASE = 64;

export function releaseRoutes(edge: Edge): readonly PlatformRoute[] {
  const { releases } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/agents/{name}/releases",
      policy: "agent.inspect",
      summary: "Its releases, newest first: what each gets of the traffic and how it does",
      handle: async (exchange) => {
        const name = exchange.param("name");
        const { agent, releases: views } = await releases.list(exchange.principal, name);
        const headers = { ETag: versionTag(agent.version) };
        const all = views.map((view) => toReleaseJson(edge, name, view));
        sendJson(exchange, { version: agent.version, releases: all }, { headers });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/traffic",
      policy: "agent.inspect",
      summary: "Which releases its new tasks begin on",
      handle: async (exchange) =>
        sendTraffic(exchange, await releases.traffic(exchange.principal, exchange.param("name"))),
    },
    {
      method: "PUT",
      path: "/v1/agents/{name}/traffic",
      policy: "agent.traffic",
      summary: "Split its new tasks over releases; If-Match takes the version that was seen",
      body: "application/json",
      handle: async (exchange) => {
        const shares = parseShares(await readJson(exchange, edge.limits));
        sendTraffic(
          exchange,
          await releases.split(exchange.principal, exchange.param("name"), shares, seenBy(exchange)),
        );
      },
    },
    {
      method: "POST",
      path: "/v1/agents/{name}/promote",
      policy: "agent.traffic",
      summary: "Give one release all traffic",
      body: "application/json",
      handle: async (exchange) => {
        const release = releaseIn(await readJson(exchange, edge.limits));
        if (release === undefined) throw invalidParams([{ field: "release", description: "must be a release's id" }]);
        sendTraffic(
          exchange,
          await releases.promote(exchange.principal, exchange.param("name"), release, seenBy(exchange)),
        );
      },
    },
    {
      method: "POST",
      path: "/v1/agents/{name}/rollback",
      policy: "agent.traffic",
      summary: "Give all traffic back to the release before, or to the one that is named",
      body: "application/json",
      handle: async (exchange) => {
        const release = releaseIn(await readJson(exchange, edge.limits));
        sendTraffic(
          exchange,
          await releases.rollback(exchange.principal, exchange.param("name"), release, seenBy(exchange)),
        );
      },
    },
  ];
}

function seenBy(exchange: Exchange): { readonly expectedVersion?: number } {
  const version = expectedVersion(exchange);
  return version === undefined ? {} : { expectedVersion: version };
}

function sendTraffic(exchange: Exchange, { name, version, activeReleaseId, traffic }: AgentRecord): void {
  const { shares, canary, ended } = traffic;
  const document = {
    agent: name,
    version,
    active: activeReleaseId,
    shares: shares.map(({ releaseId, basisPoints }) => ({ release: releaseId, percent: basisPoints / 100 })),
    ...(canary === undefined
      ? {}
      : { canary: { release: canary.releaseId, startedAt: canary.startedAt, ...canary.rules } }),
    ended: ended.map(({ releaseId, ...how }) => ({ release: releaseId, ...how })),
  };
  sendJson(exchange, document, { headers: { ETag: versionTag(version) } });
}

function toReleaseJson(
  edge: Edge,
  agentName: string,
  { release, active, basisPoints, state, health, tally, reason }: ReleaseView,
): object {
  const { releaseId, digest, card, createdAt } = release;
  return {
    release: releaseId,
    digest,
    version: card.version,
    createdAt,
    active,
    state,
    percent: basisPoints / 100,
    health,
    calls: tally,
    ...(reason === undefined ? {} : { reason }),
    previewUrl: `${previewAddress(edge, agentName, releaseId)}/`,
  };
}

/** Absent when it is not named. @throws INVALID_PARAMS */
function releaseIn(body: unknown): string | undefined {
  const { release } = membersOf(body);
  if (release === undefined) return undefined;
  if (isText(release, MAX_RELEASE)) return release;
  throw invalidParams([{ field: "release", description: "must be a release's id or label" }]);
}

/** What they have to add up to is the use case's to say. @throws INVALID_PARAMS */
function parseShares(body: unknown): readonly { readonly releaseId: string; readonly basisPoints: number }[] {
  const { shares } = membersOf(body);
  if (!Array.isArray(shares)) throw invalidParams([{ field: "shares", description: "must be a list" }]);
  return shares.map((share: unknown, index) => {
    const { release, percent } = membersOf(share);
    if (!isText(release, MAX_RELEASE) || typeof percent !== "number") {
      throw invalidParams([{ field: `shares[${index}]`, description: "must be { release, percent }" }]);
    }
    // 33.33 × 100 is no whole number to a computer, and hundredths of a percent are what there is.
    const basisPoints = Math.round(percent * 100);
    return { releaseId: release, basisPoints: Math.abs(basisPoints - percent * 100) < 1e-6 ? basisPoints : Number.NaN };
  });
}
