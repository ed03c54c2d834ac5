import { TriangleAlert } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { JsonView } from "../../ui/json-view.tsx";
import { Time } from "../../ui/time.tsx";
import type { AgentDetail } from "./agent-queries.ts";

/** What last went wrong, and the last words of the instance. */
export function FaultPanel({ agent: { name, health } }: { readonly agent: AgentDetail }) {
  if (health?.reason === undefined) return undefined;
  return (
    <section aria-label="Last fault" className="flex flex-col gap-2 rounded-lg border border-bad bg-bad-soft p-4">
      <h2 className="flex flex-wrap items-center gap-2 text-sm font-semibold text-bad">
        <TriangleAlert size={16} aria-hidden />
        {health.reason.replaceAll("_", " ")}
        {health.since === undefined ? undefined : (
          <span className="font-normal">
            <Time at={health.since} />
          </span>
        )}
      </h2>
      {health.detail === undefined ? undefined : <p>{health.detail}</p>}
      <p className="text-sm">
        Ended badly {health.restarts === 1 ? "once" : `${health.restarts} times`} since the platform started.
        {health.retryAt === undefined ? undefined : (
          <>
            {" "}
            It is started again <Time at={health.retryAt} />.
          </>
        )}{" "}
        <Link to="/logs" search={{ q: `agent:${name}` }}>
          All of its log
        </Link>
      </p>
      {health.output === undefined || health.output === "" ? undefined : (
        <JsonView label="Its last output" value={health.output} maxChars={8_000} />
      )}
    </section>
  );
}
