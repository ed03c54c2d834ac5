//! A small agent in Rust: counts words, and blacks out what identifies people.

mod berth;
mod json;
mod words;

use json::{object, text, Json};

const CARD: &str = include_str!("card.json");

#[no_mangle]
pub extern "C" fn agent_describe() -> u64 {
    berth::give(CARD.to_string())
}

/// # Safety
/// The platform wrote `len` bytes at `agent_alloc(len)`.
#[no_mangle]
pub unsafe extern "C" fn agent_handle(pointer: *mut u8, len: usize) -> u64 {
    let request = Json::parse(&berth::take(pointer, len)).unwrap_or(Json::Null);
    let answer = handle(&request).unwrap_or_else(|problem| object([("reject", Json::Text(problem))]));
    berth::give(answer.to_string())
}

fn handle(request: &Json) -> Result<Json, String> {
    let subject = read_subject(request)?;
    match request.get("skill").and_then(Json::text).unwrap_or("analyze") {
        "analyze" => Ok(object([("output", words::analyze(&subject))])),
        "redact" => Ok(object([("output", object([("text", Json::Text(words::redact(&subject)))]))])),
        other => Err(format!("There is no skill \"{}\": analyze, redact.", other)),
    }
}

/// The input's `text`, a file of the workspace named by its `path`, or what the message says.
fn read_subject(request: &Json) -> Result<String, String> {
    let input = request.get("input").or_else(|| request.get("data")).cloned().unwrap_or(Json::Null);
    if let Some(path) = input.get("path").and_then(Json::text) {
        let file = berth::call("workspace.read", object([("path", text(path))]))?;
        return Ok(file.get("text").and_then(Json::text).unwrap_or("").to_string());
    }
    let said = input.get("text").or_else(|| request.get("text")).and_then(Json::text).unwrap_or("");
    if said.trim().is_empty() {
        return Err("Send a text, or name a file: {\"path\": \"notes.txt\"}.".to_string());
    }
    Ok(said.to_string())
}
