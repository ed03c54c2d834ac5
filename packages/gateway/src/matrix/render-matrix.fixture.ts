import { expected } from "./matrix.fixture.ts";
import type { MatrixRoute, Outcome } from "./matrix.fixture.ts";
import { CALLERS } from "./world.fixture.ts";
import type { World } from "./world.fixture.ts";

const SIGNS: Readonly<Record<Outcome, string>> = {
  allowed: "yes",
  forbidden: "403",
  unauthenticated: "401",
  absent: "404",
};

const HEAD = `# Who may do what

Every route and what it answers to whom, for a thing of the caller's own organization that somebody else made. The test
\`packages/gateway/src/matrix\` calls every one of these cells at a real gateway and compares; it also holds that a thing of
another organization and one that does not exist answer alike, to the byte. This page is made by \`node scripts/print-matrix.mjs\`.

The API key is one with the scope \`invoke\`. \`404\`: for this caller the thing does not exist.
`;

export function renderMatrix(routes: readonly MatrixRoute[], world: World): string {
  const rows = routes.map((route) => {
    const cells = CALLERS.map((caller) => SIGNS[expected(route, world.principal(caller), "own")]);
    return [`\`${route.name}\``, ...cells, route.row.why ?? `policy \`${route.policy}\``];
  });
  const table = [["route", ...CALLERS, "because"], Array<string>(CALLERS.length + 2).fill("---"), ...rows];
  return `${HEAD}\n${table.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}
