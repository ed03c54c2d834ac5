/** The ABI "agent v1" for Rust, docs/reference/wasm.md. */
export const BERTH_RS: string = String.raw`//! What the platform and a module say to each other, and as much JSON as that needs. With serde_json in vendor/
//! (cargo vendor) the part about JSON can go.

#[link(wasm_import_module = "agent")]
extern "C" {
    fn host_call(op: *const u8, op_len: usize, json: *const u8, json_len: usize) -> u64;
}

#[no_mangle]
pub extern "C" fn agent_alloc(len: usize) -> *mut u8 {
    Box::leak(vec![0; len].into_boxed_slice()).as_mut_ptr()
}

#[no_mangle]
pub extern "C" fn agent_describe() -> u64 {
    give(crate::describe())
}

/// # Safety
/// The platform wrote len bytes at what agent_alloc(len) gave.
#[no_mangle]
pub unsafe extern "C" fn agent_handle(pointer: *const u8, len: usize) -> u64 {
    let request = take(pointer, len);
    give(crate::handle(&request).unwrap_or_else(|why| format!(r#"{{"error":{}}}"#, quoted(&why))))
}

/// Asks the platform: the operations are in its reference, docs/reference/wasm.md.
pub fn call(op: &str, json: &str) -> Result<String, String> {
    let answer = unsafe {
        let packed = host_call(op.as_ptr(), op.len(), json.as_ptr(), json.len());
        take((packed >> 32) as *const u8, packed as u32 as usize)
    };
    match member(&answer, "error") {
        Some(error) => Err(text(member(error, "message").unwrap_or(""))),
        None => Ok(member(&answer, "ok").unwrap_or("null").to_string()),
    }
}

unsafe fn take(pointer: *const u8, len: usize) -> String {
    String::from_utf8_lossy(std::slice::from_raw_parts(pointer, len)).into_owned()
}

/// Packed: address << 32 | length. Nothing is freed: the instance ends with the call.
fn give(text: String) -> u64 {
    let bytes = Box::leak(text.into_bytes().into_boxed_slice());
    ((bytes.as_ptr() as u64) << 32) | bytes.len() as u64
}

/// The value of an object's member, as it stands in the JSON.
pub fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let bytes = json.as_bytes();
    let (mut at, mut depth, mut key, mut value) = (0, 0, "", 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let end = string_end(bytes, at);
                if depth == 1 && value == 0 {
                    key = &json[at + 1..end];
                }
                at = end;
            }
            b':' if depth == 1 && value == 0 => value = at + 1,
            b'{' | b'[' => depth += 1,
            b',' | b'}' if depth == 1 => {
                if value > 0 && key == name {
                    return Some(json[value..at].trim());
                }
                value = 0;
            }
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len() - 1)
}

/// The text that a JSON string stands for.
pub fn text(json: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut left = json.trim_matches('"').chars();
    while let Some(next) = left.next() {
        let plain = match next {
            '\\' => match left.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('u') => {
                    let code: String = left.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&code, 16).unwrap_or(0xfffd));
                    continue;
                }
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}

/// A text as JSON.
pub fn quoted(text: &str) -> String {
    let mut json = String::from("\"");
    for each in text.chars() {
        match each {
            '"' | '\\' => json.extend(['\\', each]),
            control if control < ' ' => json.push_str(&format!("\\u{:04x}", control as u32)),
            other => json.push(other),
        }
    }
    json.push('"');
    json
}
`;
