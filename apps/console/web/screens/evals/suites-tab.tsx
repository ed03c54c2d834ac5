import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { shellWord } from "../../ui/shell-word.ts";
import { Empty, Loaded } from "../../ui/status.tsx";
import { suitesQuery } from "./eval-queries.ts";

/** What the live release is held to. */
export function SuitesTab({ agent }: { readonly agent: string }) {
  const query = useQuery(suitesQuery(agent));
  return (
    <Loaded query={query} what="the suites">
      {({ suites }) =>
        suites.length === 0 ? (
          <Panel>
            <Empty
              title="This agent brings no suites"
              command={`npx a2a deploy examples/csv-analyst --name ${shellWord(agent)}`}
            >
              Put JSON files into the folder evals of its source and deploy it again; examples/csv-analyst has one.
            </Empty>
          </Panel>
        ) : (
          <div className="grid gap-4 lg:grid-cols-2">
            {suites.map((suite) => (
              <Panel key={suite.name} title={suite.name}>
                <Facts
                  facts={[
                    { name: "Skill", value: suite.skill },
                    { name: "Threshold", value: suite.threshold },
                    { name: "Time for a case", value: `${suite.timeoutSeconds} s` },
                    { name: "Real tasks", value: suite.sampled?.join(", ") ?? "not sampled" },
                    {
                      name: "Cases",
                      value: (
                        <ul
                          className="flex max-h-60 flex-col overflow-y-auto font-mono text-xs"
                          tabIndex={0}
                          aria-label="Cases"
                        >
                          {suite.cases.map((id) => (
                            <li key={id}>{id}</li>
                          ))}
                        </ul>
                      ),
                    },
                  ]}
                />
                <p className="mt-3">
                  <Link
                    data-row
                    to="."
                    search={(before) => ({ ...before, tab: undefined, suite: suite.name })}
                    className="inline-flex min-h-6 items-center"
                  >
                    Its runs
                  </Link>
                </p>
              </Panel>
            ))}
          </div>
        )
      }
    </Loaded>
  );
}
