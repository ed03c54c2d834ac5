import type { Release } from "./agent-queries.ts";
import { shortRelease } from "./short-release.ts";

const COLOURS = [
  "--series-1",
  "--series-2",
  "--series-3",
  "--series-4",
  "--series-5",
  "--series-6",
  "--series-7",
  "--series-8",
];

/** Who gets how much of the new tasks: a bar, and the same in words. */
export function TrafficBar({ releases }: { readonly releases: readonly Release[] }) {
  const shares = releases.filter(({ percent }) => percent > 0);
  let at = 0;
  return (
    <figure className="flex flex-col gap-2">
      <svg
        viewBox="0 0 100 4"
        preserveAspectRatio="none"
        className="h-3 w-full overflow-hidden rounded-full"
        aria-hidden
      >
        {shares.map(({ release, percent }, index) => {
          const x = at;
          at += percent;
          return (
            <rect
              key={release}
              x={x}
              y={0}
              width={at === 100 ? percent : Math.max(percent - 0.3, 0.3)}
              height={4}
              fill={`var(${COLOURS[index % COLOURS.length]})`}
            />
          );
        })}
      </svg>
      <figcaption>
        <ul className="flex flex-wrap gap-x-5 gap-y-1">
          {shares.map(({ release, percent, version }, index) => (
            <li key={release} className="flex items-center gap-2">
              <svg width={10} height={10} aria-hidden>
                <rect width={10} height={10} rx={2} fill={`var(${COLOURS[index % COLOURS.length]})`} />
              </svg>
              <strong className="tabular-nums">{percent}%</strong>
              <span>v{version}</span>
              <code className="font-mono text-xs text-muted" title={release}>
                {shortRelease(release)}
              </code>
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}
