import { useEffect, useEffectEvent, useState } from "react";
import type { LogTail } from "./use-log-tail.ts";

const EVERY_MS = 5_000;

/** For those who hear: how much came, now and then instead of line by line. */
export function LogNews({ tail }: { readonly tail: LogTail }) {
  const [text, setText] = useState("");
  const take = useEffectEvent(() => tail.takeNews());
  useEffect(() => {
    const timer = setInterval(() => {
      const { lines, errors } = take();
      if (lines > 0) setText(`${lines} new lines${errors === 0 ? "" : `, ${errors} errors`}`);
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p role="status" className="sr-only">
      {text}
    </p>
  );
}
