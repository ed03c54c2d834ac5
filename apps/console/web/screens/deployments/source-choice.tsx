import { useQuery } from "@tanstack/react-query";
import { targetFormsQuery } from "../../api/targets.ts";
import { FieldsForm } from "../../ui/fields-form/fields-form.tsx";
import type { FieldTexts } from "../../ui/fields-form/form-field.ts";
import { Loaded } from "../../ui/status.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { ChooseSource } from "./choose-source.tsx";
import type { ChosenSource } from "./choose-source.tsx";

export type SourceKind = "archive" | "git" | "image";

const KINDS = [
  { id: "archive", label: "A folder" },
  { id: "git", label: "A git repository" },
  { id: "image", label: "An image" },
] as const;

export interface SourceChoiceProps {
  readonly kind: SourceKind;
  readonly onKind: (kind: SourceKind) => void;
  readonly files: ChosenSource | undefined;
  readonly onFiles: (source: ChosenSource) => void;
  readonly texts: FieldTexts;
  readonly onTexts: (texts: FieldTexts) => void;
  readonly showAll: boolean;
}

/** Where the code comes from: this browser, or from where the platform fetches it. */
export function SourceChoice({ kind, onKind, files, onFiles, texts, onTexts, showAll }: SourceChoiceProps) {
  const query = useQuery(targetFormsQuery);
  return (
    <Tabs
      label="Where it comes from"
      tabs={KINDS}
      selected={kind}
      onSelect={(id) => onKind(KINDS.find((each) => each.id === id)?.id ?? "archive")}
    >
      {kind === "archive" ? (
        <ChooseSource source={files} onChoose={onFiles} />
      ) : (
        <Loaded query={query} what="what is asked for">
          {({ deployment }) => {
            const part = deployment.sources.find((source) => source.kind === kind);
            return (
              <div className="flex flex-col gap-3">
                <p className="text-muted">{part?.help}</p>
                <FieldsForm key={kind} fields={part?.fields ?? []} texts={texts} onChange={onTexts} showAll={showAll} />
              </div>
            );
          }}
        </Loaded>
      )}
    </Tabs>
  );
}
