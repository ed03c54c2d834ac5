//! The ABI "agent v1", without a dependency: docs/reference/wasm.md.

use crate::json::Json;

#[cfg(target_family = "wasm")]
#[link(wasm_import_module = "agent")]
extern "C" {
    fn host_call(op: *const u8, op_len: usize, json: *const u8, json_len: usize) -> u64;
}

#[no_mangle]
pub extern "C" fn agent_alloc(len: usize) -> *mut u8 {
    let mut bytes = Vec::<u8>::with_capacity(len.max(1));
    let pointer = bytes.as_mut_ptr();
    std::mem::forget(bytes);
    pointer
}

/// What the platform wrote at `agent_alloc(len)`; it is ours now.
pub unsafe fn take(pointer: *mut u8, len: usize) -> String {
    let bytes = Vec::from_raw_parts(pointer, len, len.max(1));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `address << 32 | length`; the instance ends with the call, so nothing has to free it.
pub fn give(text: String) -> u64 {
    let bytes = text.into_bytes().into_boxed_slice();
    let packed = ((bytes.as_ptr() as u64) << 32) | bytes.len() as u64;
    std::mem::forget(bytes);
    packed
}

/// Asks the platform and waits; the thread is somebody else's meanwhile.
#[cfg(target_family = "wasm")]
pub fn call(op: &str, input: Json) -> Result<Json, String> {
    let json = input.to_string();
    let answer = unsafe {
        let packed = host_call(op.as_ptr(), op.len(), json.as_ptr(), json.len());
        take((packed >> 32) as *mut u8, packed as u32 as usize)
    };
    let parsed = Json::parse(&answer).unwrap_or(Json::Null);
    match parsed.get("error") {
        Some(error) => Err(error.get("message").and_then(Json::text).unwrap_or("").to_string()),
        None => Ok(parsed.get("ok").cloned().unwrap_or(Json::Null)),
    }
}
