import { Timer } from "lucide-react";
import { useEffect, useState } from "react";
import { Badge } from "../../ui/badge.tsx";

/** How long is left, counting; read out by nobody while it does. */
export function Countdown({ until }: { readonly until: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.max(0, Math.floor((Date.parse(until) - now) / 1_000));
  return (
    <Badge
      tone={left === 0 ? "bad" : left < 300 ? "warn" : "plain"}
      title={`lapses at ${new Date(until).toISOString()}`}
    >
      <Timer size={12} aria-hidden />
      <span className="tabular-nums">{left === 0 ? "lapsed" : `${clock(left)} left`}</span>
    </Badge>
  );
}

function clock(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
