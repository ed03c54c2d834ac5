import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  parseSearchWith,
  stringifySearchWith,
} from "@tanstack/react-router";
import { NotFound } from "./shell/not-found.tsx";
import { Shell } from "./shell/shell.tsx";
import { Failure, Loading } from "./ui/status.tsx";

/**
 * One line per screen; each is loaded when it is opened. What a screen shows stands in its address (`validateSearch`), so that any
 * view can be sent to somebody. The addresses live behind `#`: the platform's own paths begin at `/` too.
 */
const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

/** Search parameters are text that anybody may have written: only text, numbers and booleans come in. */
type Search = Readonly<Record<string, string | number | boolean | undefined>>;
function anySearch(search: Readonly<Record<string, unknown>>): Search {
  return Object.fromEntries(
    Object.entries(search).filter((entry): entry is [string, string | number | boolean] =>
      ["string", "number", "boolean"].includes(typeof entry[1]),
    ),
  );
}

const parent = { getParentRoute: () => root, validateSearch: anySearch } as const;

const routes = [
  createRoute({
    ...parent,
    path: "/",
    component: lazyRouteComponent(() => import("./screens/home/home-screen.tsx"), "HomeScreen"),
  }),
  createRoute({
    ...parent,
    path: "/agents",
    component: lazyRouteComponent(() => import("./screens/agents/agents-screen.tsx"), "AgentsScreen"),
  }),
  createRoute({
    ...parent,
    path: "/agents/$name",
    component: lazyRouteComponent(() => import("./screens/agents/agent-screen.tsx"), "AgentScreen"),
  }),
  createRoute({
    ...parent,
    path: "/deployments",
    component: lazyRouteComponent(() => import("./screens/deployments/deployments-screen.tsx"), "DeploymentsScreen"),
  }),
  createRoute({
    ...parent,
    path: "/deployments/new",
    component: lazyRouteComponent(
      () => import("./screens/deployments/new-deployment-screen.tsx"),
      "NewDeploymentScreen",
    ),
  }),
  createRoute({
    ...parent,
    path: "/deployments/$id",
    component: lazyRouteComponent(() => import("./screens/deployments/deployment-screen.tsx"), "DeploymentScreen"),
  }),
  createRoute({
    ...parent,
    path: "/tasks",
    component: lazyRouteComponent(() => import("./screens/tasks/tasks-screen.tsx"), "TasksScreen"),
  }),
  createRoute({
    ...parent,
    path: "/tasks/$id",
    component: lazyRouteComponent(() => import("./screens/task/task-screen.tsx"), "TaskScreen"),
  }),
  createRoute({
    ...parent,
    path: "/chat",
    component: lazyRouteComponent(() => import("./screens/chat/chat-screen.tsx"), "ChatScreen"),
  }),
  createRoute({
    ...parent,
    path: "/traces",
    component: lazyRouteComponent(() => import("./screens/traces/traces-screen.tsx"), "TracesScreen"),
  }),
  createRoute({
    ...parent,
    path: "/traces/$id",
    component: lazyRouteComponent(() => import("./screens/traces/trace-screen.tsx"), "TraceScreen"),
  }),
  createRoute({
    ...parent,
    path: "/logs",
    component: lazyRouteComponent(() => import("./screens/logs/logs-screen.tsx"), "LogsScreen"),
  }),
  createRoute({
    ...parent,
    path: "/approvals",
    component: lazyRouteComponent(() => import("./screens/approvals/approvals-screen.tsx"), "ApprovalsScreen"),
  }),
  createRoute({
    ...parent,
    path: "/receipts",
    component: lazyRouteComponent(() => import("./screens/receipts/receipts-screen.tsx"), "ReceiptsScreen"),
  }),
  createRoute({
    ...parent,
    path: "/receipts/$id",
    component: lazyRouteComponent(() => import("./screens/receipts/receipt-screen.tsx"), "ReceiptScreen"),
  }),
  createRoute({
    ...parent,
    path: "/files",
    component: lazyRouteComponent(() => import("./screens/files/files-screen.tsx"), "FilesScreen"),
  }),
  createRoute({
    ...parent,
    path: "/memory",
    component: lazyRouteComponent(() => import("./screens/memory/memory-screen.tsx"), "MemoryScreen"),
  }),
  createRoute({
    ...parent,
    path: "/evals",
    component: lazyRouteComponent(() => import("./screens/evals/evals-screen.tsx"), "EvalsScreen"),
  }),
  createRoute({
    ...parent,
    path: "/usage",
    component: lazyRouteComponent(() => import("./screens/usage/usage-screen.tsx"), "UsageScreen"),
  }),
  createRoute({
    ...parent,
    path: "/settings",
    component: lazyRouteComponent(() => import("./screens/settings/settings-screen.tsx"), "SettingsScreen"),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  history: createHashHistory(),
  // Parameters are text as it stands, `?at=60`, and never JSON in quotes.
  parseSearch: parseSearchWith((text) => text),
  stringifySearch: stringifySearchWith(String),
  defaultPreload: "intent",
  defaultPendingComponent: () => <Loading what="the screen" />,
  defaultErrorComponent: ({ error, reset }) => <Failure error={error} retry={reset} />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
