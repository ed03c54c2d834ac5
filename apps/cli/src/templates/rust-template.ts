import type { TemplateFile } from "./agent-template.ts";
import { BERTH_RS } from "./rust-berth-module.ts";

/** What `a2a init --template rust-wasm` writes: the agent of the other template, as a package of Rust without a dependency. */
export function rustTemplate(name: string): readonly TemplateFile[] {
  return [
    { path: "Cargo.toml", text: CARGO_TOML },
    { path: "berth.json", text: `${JSON.stringify({ name, visibility: "private", tags: [] }, null, 2)}\n` },
    { path: ".gitignore", text: "target/\n.env*\n.berth/\n" },
    { path: "README.md", text: readme(name) },
    { path: "src/card.json", text: CARD.replace("NAME", name) },
    { path: "src/lib.rs", text: LIB_RS },
    { path: "src/berth.rs", text: BERTH_RS },
  ];
}

const CARGO_TOML = String.raw`[package]
name = "agent"
version = "0.1.0"
edition = "2021"
publish = false

[lib]
crate-type = ["cdylib"]

[profile.release]
opt-level = "z"
panic = "abort"
lto = true
strip = true
`;

const CARD = String.raw`{
  "name": "NAME",
  "version": "0.1.0",
  "description": "Greets people.",
  "skills": [
    {
      "id": "greet",
      "name": "Greet",
      "description": "Greet somebody by name",
      "tags": ["example"],
      "inputSchema": { "type": "object", "properties": { "name": { "type": "string" } } },
      "outputSchema": { "type": "object", "properties": { "greeting": { "type": "string" } } }
    }
  ]
}
`;

const LIB_RS = String.raw`//! An agent in Rust. It waits for the platform as if everything happened at once: each call has an instance of its own.

mod berth;

use berth::{call, member, quoted, text};

const CARD: &str = include_str!("card.json");

fn describe() -> String {
    CARD.to_string()
}

/// One call of a skill, from its request to its result; both are JSON.
fn handle(request: &str) -> Result<String, String> {
    let input = member(request, "input").unwrap_or("{}");
    let name = match member(input, "name") {
        Some(name) => text(name),
        None => {
            let answer = call("ask", r#"{"question":"What is your name?"}"#)?;
            text(member(&answer, "text").unwrap_or(""))
        }
    };
    let greeting = quoted(&format!("Hello, {}!", name));
    Ok(format!(r#"{{"output":{{"greeting":{}}}}}"#, greeting))
}
`;

function readme(name: string): string {
  return `# ${name}

An A2A agent in Rust with one skill, \`greet\`, in \`src/lib.rs\`. The platform compiles it to WebAssembly; \`src/berth.rs\`
is all that lies between the two.

    a2a deploy
    a2a call ${name} greet --input '{"name":"Ada"}'
    a2a call ${name} greet          # it asks for the name
    a2a logs ${name} --follow

Crates go into \`vendor/\` with \`cargo vendor\`: a build has no network.
`;
}
