import type { Edge } from "../edge/edge.ts";
import type { AgentRoute, PlatformRoute } from "../edge/routes.ts";
import { sendAppConfig } from "./app-config.ts";
import { AppFiles } from "./app-files.ts";
import { sendAppSession } from "./app-session.ts";
import { assertOwnHost, serveApp } from "./serve-app.ts";
import { START_PATH, continueSignIn, finishSignIn, signOut, startSignIn } from "./sign-in.ts";

/** At the agent's own host alone. None of them starts the agent. */
export function appAgentRoutes(edge: Edge): readonly AgentRoute[] {
  const files = new AppFiles(edge.control.apps);
  const serve: AgentRoute["handle"] = async (exchange, agent) => await serveApp(edge, files, exchange, agent);
  return [
    {
      method: "GET",
      path: "/app",
      policy: "none",
      summary: "To /app/",
      status: 308,
      handle: serve,
    },
    {
      method: "GET",
      path: "/app/config.json",
      policy: "anyone",
      summary: "The agent's endpoints and its skills with their schemas, for its app",
      handle: async (exchange, agent) => await sendAppConfig(edge, exchange, agent),
    },
    {
      method: "GET",
      path: "/app/{path...}",
      policy: "none",
      summary: "The agent's own web app; a private one asks to sign in",
      answers: "text/html",
      handle: serve,
    },
    {
      method: "GET",
      path: "/auth/session",
      policy: "key",
      summary: "Who the app is used by: user, organization, scopes",
      handle: async (exchange, agent) => await sendAppSession(edge, exchange, agent),
    },
    {
      method: "GET",
      path: "/auth/sign-in",
      policy: "none",
      summary: "Take over the console's session, by way of the platform; `to` is where to go then",
      query: [{ name: "to", description: "A path below /app." }],
      status: 302,
      handle: (exchange, agent) => {
        assertOwnHost(exchange);
        startSignIn(edge, exchange, agent, exchange.query.get("to") ?? "/app/");
      },
    },
    {
      method: "GET",
      path: "/auth/callback",
      policy: "none",
      rate: "sign_in",
      summary: "Where the platform sends the browser back with a code, worth one session",
      query: [{ name: "code", description: "Good for a minute, once, in the browser that asked." }],
      status: 302,
      handle: async (exchange, agent) => {
        assertOwnHost(exchange);
        await finishSignIn(edge, exchange, agent);
      },
    },
    {
      method: "POST",
      path: "/auth/sign-out",
      policy: "none",
      summary: "End the app's session; the console's goes on",
      status: 204,
      handle: async (exchange, agent) => {
        assertOwnHost(exchange);
        await signOut(edge, exchange, agent);
      },
    },
  ];
}

export function appPlatformRoutes(edge: Edge): readonly PlatformRoute[] {
  return [
    {
      method: "GET",
      path: START_PATH,
      policy: "none",
      summary: "Send a browser that is signed in here back to an agent's app with a one-time code",
      query: [
        { name: "agent", description: "The agent's name as in its host." },
        { name: "to", description: "A path below /app." },
        { name: "challenge", description: "SHA-256 of what the browser holds at the agent's host." },
      ],
      status: 302,
      handle: async (exchange) => await continueSignIn(edge, exchange),
    },
  ];
}
