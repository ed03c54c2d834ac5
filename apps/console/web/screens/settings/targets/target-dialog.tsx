import { AGENT_NAME_PATTERN } from "@berth/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FormEvent } from "react";
import { api, path } from "../../../api/client.ts";
import { targetFormsQuery, targetsQuery } from "../../../api/targets.ts";
import type { Target, TargetForms } from "../../../api/targets.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { SelectField, TextArea } from "../../../ui/field.tsx";
import { FieldsForm } from "../../../ui/fields-form/fields-form.tsx";
import { hasProblems, textsOf, valuesOf } from "../../../ui/fields-form/form-field.ts";
import type { FieldTexts, FormField } from "../../../ui/fields-form/form-field.ts";
import { Failure, Loaded } from "../../../ui/status.tsx";

interface TargetDialogProps {
  /** Absent: a new one. */
  readonly target?: Target;
  readonly onClose: () => void;
}

export function TargetDialog({ target, onClose }: TargetDialogProps) {
  const query = useQuery(targetFormsQuery);
  return (
    <Dialog title={target === undefined ? "Add a target" : `Edit ${target.name}`} onClose={onClose}>
      <Loaded query={query} what="what targets ask for">
        {(forms) => <TargetForm forms={forms} onClose={onClose} {...(target === undefined ? {} : { target })} />}
      </Loaded>
    </Dialog>
  );
}

const NAME: FormField = {
  key: "name",
  label: "Name",
  help: "Deployments name it.",
  type: "text",
  required: true,
  pattern: AGENT_NAME_PATTERN.source.slice(1, -1),
  example: "production",
};

const REGISTRY: readonly FormField[] = [
  {
    key: "repository",
    label: "Registry",
    help: "Where its images are pushed to: this platform and the target both reach it.",
    type: "text",
    required: false,
    pattern: "[^\\s@]{1,500}",
    example: "registry.example/agents",
  },
  {
    key: "credential",
    label: "Registry's credential",
    help: "Name of the secret that opens it, or google: the platform's own identity.",
    type: "text",
    required: false,
    pattern: "[A-Za-z_][A-Za-z0-9_]{0,127}",
    example: "REGISTRY",
  },
];

function TargetForm({ target, forms, onClose }: TargetDialogProps & { readonly forms: TargetForms }) {
  const queries = useQueryClient();
  const [name, setName] = useState<FieldTexts>({ name: target?.name ?? "" });
  const [kind, setKind] = useState(target?.kind ?? forms.kinds[0]?.kind ?? "");
  const [settings, setSettings] = useState(textsOf(target?.settings ?? {}));
  const [registry, setRegistry] = useState<FieldTexts>({
    repository: target?.registry?.repository ?? "",
    credential: target?.registry?.credential ?? "",
  });
  const [credential, setCredential] = useState("");
  const [wasTried, setWasTried] = useState(false);
  const form = forms.kinds.find((each) => each.kind === kind);
  const save = useMutation({
    mutationFn: async () =>
      await api(path`/v1/targets/${name["name"] ?? ""}`, {
        method: "PUT",
        body: {
          kind,
          settings: valuesOf(form?.fields ?? [], settings),
          ...(registry["repository"] === "" ? {} : { registry: valuesOf(REGISTRY, registry) }),
          ...(credential === "" ? {} : { credential }),
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: targetsQuery.queryKey });
      onClose();
    },
  });
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setWasTried(true);
    const isWrong =
      hasProblems([NAME], name) || hasProblems(form?.fields ?? [], settings) || hasProblems(REGISTRY, registry);
    if (!isWrong) save.mutate();
    else focusFirstProblem(event.currentTarget);
  }
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-3">
      {target === undefined ? (
        <>
          <FieldsForm fields={[NAME]} texts={name} onChange={setName} showAll={wasTried} />
          <SelectField
            label="Kind"
            hint={form?.help}
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value)}
          >
            {forms.kinds.map((each) => (
              <option key={each.kind} value={each.kind}>
                {each.label}
              </option>
            ))}
          </SelectField>
        </>
      ) : undefined}
      <FieldsForm key={kind} fields={form?.fields ?? []} texts={settings} onChange={setSettings} showAll={wasTried} />
      {form?.credential === undefined ? undefined : (
        <TextArea
          label="Credential (optional)"
          hint={`${form.credential} It is kept sealed and never shown.${target?.hasCredential === true ? " Empty: what is kept stays." : ""}`}
          rows={4}
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-xs"
          value={credential}
          onChange={(event) => setCredential(event.currentTarget.value)}
        />
      )}
      <FieldsForm fields={REGISTRY} texts={registry} onChange={setRegistry} showAll={wasTried} />
      {save.error === null ? undefined : <Failure error={save.error} />}
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={save.isPending}>
          {target === undefined ? "Add target" : "Save"}
        </Button>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** Once React has shown what is wrong. */
function focusFirstProblem(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
