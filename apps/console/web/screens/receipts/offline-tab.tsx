import { useMutation } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useEffect, useId, useState } from "react";
import type { DragEvent } from "react";
import { Panel } from "../../ui/panel.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Failure } from "../../ui/status.tsx";
import { ManyResult } from "./many-result.tsx";
import { StatementView } from "./statement-view.tsx";
import { StepsView } from "./steps-view.tsx";
import { TamperPanel } from "./tamper-panel.tsx";
import { keptKeys } from "./trust.ts";
import { VerdictBanner } from "./verdict-banner.tsx";
import { prepareVerifier, verify } from "./verifier.ts";
import type { BundleVerdict, ManyVerdict } from "./verify-messages.ts";

const MAX_BYTES = 128 * 1_048_576;

interface Checked {
  readonly name: string;
  readonly text: string;
  readonly verdict: BundleVerdict | ManyVerdict;
}

/** Verifies a file of this machine. Nothing is sent or fetched: keys are those that this browser keeps. */
export function OfflineTab() {
  const id = useId();
  const [isOver, setOver] = useState(false);
  const checking = useMutation({ mutationFn: check, networkMode: "always" });
  useEffect(prepareVerifier, []);
  function onDrop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files.item(0);
    if (file !== null) checking.mutate(file);
  }
  return (
    <div className="flex flex-col gap-4">
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        className={`flex flex-col items-center gap-2 rounded-lg border-2 border-dashed p-8 text-center ${isOver ? "border-accent bg-accent-soft" : "border-line-strong bg-panel"}`}
      >
        <FileUp size={22} aria-hidden className="text-muted" />
        <label htmlFor={id} className="font-medium">
          A receipt bundle, or many, one a line
        </label>
        <input
          id={id}
          type="file"
          accept=".json,.jsonl,.ndjson,application/json"
          onChange={(event) => {
            const file = event.target.files?.item(0);
            if (file !== null && file !== undefined) checking.mutate(file);
          }}
          className="max-w-full text-sm file:mr-3 file:min-h-8 file:rounded-md file:border file:border-line-strong file:bg-panel file:px-3"
        />
        <p className="max-w-prose text-xs text-muted">
          Drop it here or choose it. It does not leave this browser, and the network is not used: pull the plug and try.
        </p>
      </div>
      {checking.error === null ? undefined : <Failure error={checking.error} />}
      {checking.data === undefined ? undefined : <Result {...checking.data} />}
    </div>
  );
}

function Result({ name, text, verdict }: Checked) {
  if (verdict.kind === "many") return <ManyResult verdict={verdict} nameOf={(at) => `line ${at + 1}`} />;
  const trust = keptKeys()?.document;
  return (
    <>
      <VerdictBanner verdict={verdict} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        {verdict.receipt === undefined ? (
          <Panel title={plainText(name)}>
            <p className="text-sm text-muted">What does not hold is not shown: nobody knows who wrote it.</p>
          </Panel>
        ) : (
          <StatementView receipt={verdict.receipt} />
        )}
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title="Step by step">
            <StepsView verdict={verdict} />
          </Panel>
          <TamperPanel bundle={text} trust={trust} />
        </div>
      </div>
    </>
  );
}

async function check(file: File): Promise<Checked> {
  if (file.size > MAX_BYTES) throw new Error("The file is larger than 128 MiB: `a2a receipts verify` takes any size.");
  const text = await file.text();
  const known = keptKeys();
  const trust = known === undefined ? {} : { trust: known.document };
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const verdict =
    lines.length > 1
      ? await verify({ kind: "many", texts: lines, ...trust })
      : await verify({ kind: "bundle", text, ...trust });
  return { name: file.name, text, verdict };
}
