import { AGENT_NAME_PATTERN } from "@berth/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { FormEvent } from "react";
import { api, search } from "../../api/client.ts";
import { targetFormsQuery } from "../../api/targets.ts";
import { Button } from "../../ui/button.tsx";
import { CheckField } from "../../ui/check-field.tsx";
import { TextField } from "../../ui/field.tsx";
import { hasProblems, valuesOf } from "../../ui/fields-form/form-field.ts";
import type { FieldTexts } from "../../ui/fields-form/form-field.ts";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failure } from "../../ui/status.tsx";
import type { ChosenSource } from "./choose-source.tsx";
import { archiveParameters, deployCommand, deployDocument } from "./deploy-request.ts";
import type { Deployment } from "./deployment-queries.ts";
import { packTar } from "./pack-tar.ts";
import { SourceChoice } from "./source-choice.tsx";
import type { SourceKind } from "./source-choice.tsx";
import { TargetChoice } from "./target-choice.tsx";
import { TrafficChoice } from "./traffic-choice.tsx";
import type { Traffic } from "./traffic-choice.tsx";

/** What the platform takes. */
const MAX_PACKED_BYTES = 64 * 1_048_576;

export function NewDeploymentScreen() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [files, setFiles] = useState<ChosenSource | undefined>();
  const [name, setName] = useState("");
  const [isTrusted, setIsTrusted] = useState(false);
  const [traffic, setTraffic] = useState<Traffic>({ kind: "default" });
  const [kind, setKind] = useState<SourceKind>("archive");
  const [texts, setTexts] = useState<FieldTexts>({});
  const [target, setTarget] = useState("");
  const [wasTried, setWasTried] = useState(false);
  const { data: forms } = useQuery(targetFormsQuery);
  const fields = forms?.deployment.sources.find((each) => each.kind === kind)?.fields ?? [];
  const choice = { name, target, isTrusted, traffic };
  const deploy = useMutation({
    mutationFn: async () => {
      if (kind !== "archive") {
        const body = deployDocument(choice, { kind, ...valuesOf(fields, texts) });
        return await api<Deployment>("/v1/deployments", { method: "POST", body });
      }
      if (files === undefined) throw new Error("Nothing was chosen.");
      const body = files.kind === "archive" ? files.file : await packTar(files.folder.entries, MAX_PACKED_BYTES);
      const address = `/v1/deployments${search(archiveParameters(choice))}`;
      return await api<Deployment>(address, { method: "POST", body, contentType: "application/gzip" });
    },
    onSuccess: async ({ deploymentId }) => {
      await queries.invalidateQueries({ queryKey: ["deployments"] });
      await navigate({ to: "/deployments/$id", params: { id: deploymentId } });
    },
  });
  const needsName = kind === "image";
  const nameProblem = problemOfName(name, { isNeeded: needsName && wasTried });
  const percentProblem =
    traffic.kind === "canary" && !(Number.isInteger(traffic.percent) && traffic.percent >= 1 && traffic.percent <= 50)
      ? "A whole number from 1 to 50."
      : undefined;
  const isSourceReady = kind === "archive" ? files?.objections.length === 0 : forms !== undefined;
  const isReady = isSourceReady && nameProblem === undefined && percentProblem === undefined;
  function submit(event: FormEvent) {
    event.preventDefault();
    setWasTried(true);
    const isWrong = problemOfName(name, { isNeeded: needsName }) !== undefined || hasProblems(fields, texts);
    if (isReady && !isWrong) deploy.mutate();
  }
  return (
    <Page title="Deploy" cli={deployCommand(choice, kind, texts)}>
      <form onSubmit={submit} className="grid items-start gap-4 lg:grid-cols-[3fr_2fr]">
        <Panel title="What to deploy">
          <SourceChoice
            kind={kind}
            onKind={(chosen) => {
              setKind(chosen);
              setWasTried(false);
            }}
            files={files}
            onFiles={setFiles}
            texts={texts}
            onTexts={setTexts}
            showAll={wasTried}
          />
        </Panel>
        <Panel title="How">
          <div className="flex flex-col gap-4">
            <TextField
              label={needsName ? "Name" : "Name (optional)"}
              autoComplete="off"
              spellCheck={false}
              placeholder={kind === "archive" && files?.kind === "folder" ? files.folder.name : ""}
              hint={
                kind === "image"
                  ? "An image has to be given one."
                  : target === ""
                    ? "Default: the name in berth.json, else the card's."
                    : "On a target it must be known beforehand: here, or in berth.json."
              }
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              {...(nameProblem === undefined ? {} : { error: nameProblem })}
            />
            <TargetChoice target={target} onChange={setTarget} />
            <TrafficChoice
              traffic={traffic}
              onChange={setTraffic}
              {...(percentProblem === undefined ? {} : { problem: percentProblem })}
            />
            <CheckField
              label="Run it outside the sandbox"
              hint="It then has this machine's files and network as the platform has them. Only for code that you wrote yourself."
              checked={isTrusted}
              onChange={(event) => setIsTrusted(event.currentTarget.checked)}
            />
            {deploy.error === null ? undefined : <Failure error={deploy.error} />}
            <Button type="submit" look="primary" disabled={!isReady || deploy.isPending}>
              {deploy.isPending ? (kind === "archive" ? "Packing and sending …" : "Sending …") : "Deploy"}
            </Button>
          </div>
        </Panel>
      </form>
    </Page>
  );
}

function problemOfName(name: string, { isNeeded }: { readonly isNeeded: boolean }): string | undefined {
  if (name === "") return isNeeded ? "It is needed." : undefined;
  return AGENT_NAME_PATTERN.test(name) ? undefined : "Small letters, digits and hyphens, a letter first, 39 at most.";
}
