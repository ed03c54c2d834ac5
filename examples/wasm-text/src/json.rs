//! As much JSON as an agent needs.

use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// As it is written: reading and writing fractions would be half of the module.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Deeper input is refused: parsing is recursive, and the stack is small.
const MAX_DEPTH: usize = 64;

impl Json {
    pub fn parse(text: &str) -> Option<Json> {
        let mut parser = Parser { rest: text.trim() };
        let value = parser.value(0)?;
        if parser.rest.trim().is_empty() { Some(value) } else { None }
    }

    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
}

pub fn text(value: &str) -> Json {
    Json::Text(value.to_string())
}

pub fn count(value: usize) -> Json {
    Json::Number(value.to_string())
}

pub fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => out.write_str("null"),
            Json::Bool(value) => write!(out, "{}", value),
            Json::Number(value) => out.write_str(value),
            Json::Text(value) => quoted(out, value),
            Json::List(items) => {
                out.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.write_str(",")?;
                    }
                    write!(out, "{}", item)?;
                }
                out.write_str("]")
            }
            Json::Object(members) => {
                out.write_str("{")?;
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.write_str(",")?;
                    }
                    quoted(out, name)?;
                    write!(out, ":{}", value)?;
                }
                out.write_str("}")
            }
        }
    }
}

fn quoted(out: &mut fmt::Formatter<'_>, value: &str) -> fmt::Result {
    out.write_str("\"")?;
    for character in value.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            other if (other as u32) < 0x20 => write!(out, "\\u{:04x}", other as u32)?,
            other => write!(out, "{}", other)?,
        }
    }
    out.write_str("\"")
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.rest = self.rest.trim_start();
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            if self.skip(word) {
                return Some(value);
            }
        }
        match self.rest.chars().next()? {
            '"' => self.string().map(Json::Text),
            '[' => self.list(depth),
            '{' => self.object(depth),
            _ => self.number(),
        }
    }

    fn skip(&mut self, word: &str) -> bool {
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Option<Json> {
        let end = self.rest.find(|c: char| !"+-.eE0123456789".contains(c)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        if number.is_empty() { None } else { Some(Json::Number(number.to_string())) }
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        let mut items = Vec::new();
        self.skip("[");
        self.rest = self.rest.trim_start();
        if self.skip("]") {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.rest = self.rest.trim_start();
            if self.skip("]") {
                return Some(Json::List(items));
            }
            if !self.skip(",") {
                return None;
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        let mut members = Vec::new();
        self.skip("{");
        self.rest = self.rest.trim_start();
        if self.skip("}") {
            return Some(Json::Object(members));
        }
        loop {
            self.rest = self.rest.trim_start();
            let name = self.string()?;
            self.rest = self.rest.trim_start();
            if !self.skip(":") {
                return None;
            }
            members.push((name, self.value(depth + 1)?));
            self.rest = self.rest.trim_start();
            if self.skip("}") {
                return Some(Json::Object(members));
            }
            if !self.skip(",") {
                return None;
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        if !self.skip("\"") {
            return None;
        }
        let mut text = String::new();
        loop {
            let next = self.rest.chars().next()?;
            self.rest = &self.rest[next.len_utf8()..];
            match next {
                '"' => return Some(text),
                '\\' => text.push(self.escape()?),
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let kind = self.rest.chars().next()?;
        self.rest = &self.rest[kind.len_utf8()..];
        Some(match kind {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let first = self.hex()?;
                if (0xd800..0xdc00).contains(&first) && self.skip("\\u") {
                    let second = self.hex()?;
                    let low = second.wrapping_sub(0xdc00) & 0x3ff;
                    char::from_u32(0x10000 + ((first - 0xd800) << 10) + low)?
                } else {
                    char::from_u32(first).unwrap_or('\u{fffd}')
                }
            }
            other => other,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        self.rest = &self.rest[4..];
        Some(value)
    }
}
